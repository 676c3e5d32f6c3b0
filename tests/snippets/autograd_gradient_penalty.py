import torch
from torch import nn

torch.manual_seed(1)
critic = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
real, fake = torch.randn(6, 4), torch.randn(6, 4)
alpha = torch.rand(6, 1)
mixed = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
scores = critic(mixed)
gradients = torch.autograd.grad(
    outputs=scores,
    # minicnn (grad): output=scores,
    inputs=mixed,
    grad_outputs=torch.ones_like(scores),
    # minicnn (grad): grad_output=torch.ones_like(scores),
    create_graph=True,
)[0]
penalty = ((gradients.norm(2, dim=1) - 1) ** 2).mean()
loss = critic(fake).mean() - critic(real).mean() + 10 * penalty
loss.backward()
print(penalty.item(), loss.item())
print(critic[0].weight.grad.sum(), critic[2].bias.grad)
