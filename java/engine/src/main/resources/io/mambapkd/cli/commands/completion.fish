# Completion of mamba-pkd for fish.

# Whether the words so far are the program and the command that is named, and no more.
function __mamba_pkd_at
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv"
end

# Whether the words so far begin with the program and the command that is named.
function __mamba_pkd_within
    set -l words (commandline -opc)
    for name in $argv
        set -e words[1]
        test "$words[1]" = $name; or return 1
    end
end

# Data sets, with the folder behind idx:, cifar10: and the like.
function __mamba_pkd_datasets
    set -l token (commandline -ct)
    printf '%s\n' mnist fashion-mnist cifar10 cifar100 cifar100-coarse
    for kind in idx: folder: fashion-mnist: cifar10: cifar100: cifar100-coarse:
        if string match -q "$kind*" -- $token
            for folder in (__fish_complete_directories (string replace -r "^$kind" '' -- $token) '')
                printf '%s\n' $kind(string split -m 1 \t -- $folder)[1]
            end
        else
            printf '%s\n' $kind
        end
    end
end

complete -c mamba-pkd -f
