
# Bash takes : and = for words of their own; zsh does not. This parts an option from its value in both, completes the folder behind idx:, cifar10: and the like, and
# leaves no space behind them.
_mamba_pkd_complete() {
  local word=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:$COMP_POINT} prefix= folder=
  local last=${line##*[ =]} match
  if [[ $last =~ ^(idx|folder|fashion-mnist|cifar10|cifar100|cifar100-coarse): ]]; then
    folder=${last#*:}
    [[ $word == *:* && $word != : ]] && prefix=${word%"$folder"}
    type compopt &>/dev/null && compopt -o filenames
    COMPREPLY=()
    for match in "$folder"*/; do
      [[ -d $match ]] && COMPREPLY+=("${match%/}")
    done
  else
    if [[ $word == = ]]; then
      COMP_WORDS[COMP_CWORD]=
    elif (( COMP_CWORD > 1 )) && [[ ${COMP_WORDS[COMP_CWORD-1]} == = ]]; then
      COMP_WORDS=("${COMP_WORDS[@]:0:$((COMP_CWORD - 1))}" "$word")
      (( COMP_CWORD -= 1 ))
    elif [[ $word == --*=* ]]; then
      prefix=${word%%=*}=
      COMP_WORDS=("${COMP_WORDS[@]:0:$COMP_CWORD}" "${word%%=*}" "${word#*=}")
      (( COMP_CWORD += 1 ))
    fi
    _complete_mamba-pkd
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *: ]]; then
      type compopt &>/dev/null && compopt -o nospace
    fi
  fi
  [[ -z $prefix ]] || COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
}
complete -F _mamba_pkd_complete -o default mamba-pkd
