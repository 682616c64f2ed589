"""The teacher and a student of mamba-pkd in PyTorch, as a user of PyTorch would write them: same layers, same shapes, same loss."""

import math

import torch
from torch import nn
from torch.nn import functional as F

try:
    from mamba_ssm.ops.selective_scan_interface import selective_scan_fn
except ImportError:
    selective_scan_fn = None

SCAN = "mamba_ssm's kernel" if selective_scan_fn else "a loop over the tokens in PyTorch (mamba_ssm is not installed)"


class Teacher(nn.Module):
    """(B, 1, H, W) to (B, K): stages of 3x3 convolutions with batch norm and ReLU, 2x2 pooling between them, mean, dropout, linear."""

    def __init__(self, channels=(16, 32, 64), convs_per_stage=2, dropout=0.2, classes=10):
        super().__init__()
        layers = []
        before = 1
        for stage, width in enumerate(channels):
            if stage > 0:
                layers.append(nn.MaxPool2d(2))
            for _ in range(convs_per_stage):
                layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
                before = width
        self.features = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(before, classes)

    def forward(self, images):
        return self.head(self.dropout(self.features(images).mean((2, 3))))


def scan_by_tokens(u, delta, a, b, c, d, z):
    """(B, D, L) each, a (D, N), b and c (B, N, L): the selective scan with softplus already applied, one token after the other."""
    decay = torch.exp(delta.unsqueeze(-1) * a.unsqueeze(1))  # (B, D, L, N)
    drive = (delta * u).unsqueeze(-1) * b.transpose(1, 2).unsqueeze(1)
    state = torch.zeros_like(decay[:, :, 0])
    states = []
    for t in range(u.shape[2]):
        state = decay[:, :, t] * state + drive[:, :, t]
        states.append(state)
    y = (torch.stack(states, 2) * c.transpose(1, 2).unsqueeze(1)).sum(-1) + d.unsqueeze(-1) * u
    return y * F.silu(z)


class Mixer(nn.Module):
    """The published Mamba block's mixer: (B, L, M) to (B, L, M)."""

    def __init__(self, width, state, conv_width=4, expand=2):
        super().__init__()
        self.inner = expand * width
        self.state = state
        self.rank = math.ceil(width / 16)
        self.in_proj = nn.Linear(width, 2 * self.inner, bias=False)
        self.conv1d = nn.Conv1d(self.inner, self.inner, conv_width, groups=self.inner, padding=conv_width - 1)
        self.x_proj = nn.Linear(self.inner, self.rank + 2 * state, bias=False)
        self.dt_proj = nn.Linear(self.rank, self.inner)
        with torch.no_grad():
            dt = torch.exp(torch.rand(self.inner) * (math.log(0.1) - math.log(0.001)) + math.log(0.001)).clamp(min=1e-4)
            self.dt_proj.bias.copy_(dt + torch.log(-torch.expm1(-dt)))
        self.A_log = nn.Parameter(torch.log(torch.arange(1, state + 1, dtype=torch.float32)).repeat(self.inner, 1))
        self.D = nn.Parameter(torch.ones(self.inner))
        self.out_proj = nn.Linear(self.inner, width, bias=False)

    def forward(self, hidden):
        length = hidden.shape[1]
        x, z = self.in_proj(hidden).transpose(1, 2).chunk(2, 1)
        u = F.silu(self.conv1d(x)[..., :length])
        dt, b, c = self.x_proj(u.transpose(1, 2)).split([self.rank, self.state, self.state], -1)
        delta = F.linear(dt, self.dt_proj.weight).transpose(1, 2)
        a = -torch.exp(self.A_log.float())
        b = b.transpose(1, 2)
        c = c.transpose(1, 2)
        if selective_scan_fn is not None and hidden.is_cuda:
            y = selective_scan_fn(
                u.contiguous(), delta.contiguous(), a, b.contiguous(), c.contiguous(), self.D.float(),
                z=z.contiguous(), delta_bias=self.dt_proj.bias.float(), delta_softplus=True)
        else:
            delta = F.softplus(delta.float() + self.dt_proj.bias.unsqueeze(-1))
            y = scan_by_tokens(u.float(), delta, a, b.float(), c.float(), self.D, z.float())
        return self.out_proj(y.transpose(1, 2).to(hidden.dtype))


class Student(nn.Module):
    """(B, 1, H, W) to (B, K): rows as tokens, linear, positions, residual Mamba blocks with RMS norm, norm, all tokens to one linear layer."""

    def __init__(self, rows_per_token=2, width=48, blocks=2, state=8, image=28, classes=10):
        super().__init__()
        self.length = image // rows_per_token
        self.embed = nn.Linear(rows_per_token * image, width)
        self.position = nn.Parameter(0.02 * torch.randn(self.length, width))
        self.norms = nn.ModuleList(nn.RMSNorm(width, eps=1e-5) for _ in range(blocks))
        self.mixers = nn.ModuleList(Mixer(width, state) for _ in range(blocks))
        self.norm = nn.RMSNorm(width, eps=1e-5)
        self.head = nn.Linear(self.length * width, classes)

    def forward(self, images):
        hidden = self.embed(images.flatten(1).unflatten(1, (self.length, -1))) + self.position
        for norm, mixer in zip(self.norms, self.mixers):
            hidden = hidden + mixer(norm(hidden))
        return self.head(self.norm(hidden).flatten(1))


def distillation_loss(student, ensemble, teacher, labels, alpha, temperature, ensemble_weight, student_weight):
    """The usual composition: cross entropy and KL divergence of the logits that the group has with this student."""
    combined = ensemble_weight * ensemble + student_weight * student
    hard = F.cross_entropy(combined, labels)
    soft = F.kl_div(
        F.log_softmax(combined / temperature, 1), F.log_softmax(teacher / temperature, 1), reduction="batchmean", log_target=True)
    return alpha * hard + (1 - alpha) * temperature**2 * soft
