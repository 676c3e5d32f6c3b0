import torch
import torch.nn as nn


def init_weights(m):
    if isinstance(m, nn.Conv2d):
        nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
        if m.bias is not None:
            nn.init.zeros_(m.bias)
    elif isinstance(m, nn.BatchNorm2d):
        m.weight.data.fill_(1)
        # minicnn (arrays): m.weight.data.fill(1)
        nn.init.constant_(m.bias, 0.1)
    elif isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight, gain=nn.init.calculate_gain("tanh"))
        m.bias.data.normal_(0, 0.02)
        # minicnn (arrays): nn.init.normal_(m.bias, 0, 0.02)


torch.manual_seed(0)
net = nn.Sequential(
    nn.Conv2d(1, 32, 5), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten(), nn.Linear(32 * 16, 50)
)
net.apply(init_weights)
for name, p in net.named_parameters():
    print(name, p.mean().item(), p.std().item())
torch.nn.init.orthogonal_(net[4].weight)
gram = net[4].weight @ net[4].weight.T
print(torch.allclose(gram, torch.eye(50), atol=1e-5))
with torch.no_grad():
    net[0].bias.copy_(torch.full((32,), 0.5))
    # minicnn (in place): net[0].bias.data[...] = 0.5
print(net[0].bias.sum())
