import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != self.expansion * planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, self.expansion * planes, 1, stride=stride, bias=False),
                nn.BatchNorm2d(self.expansion * planes),
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out, inplace=True)


def make_layer(in_planes, planes, blocks, stride):
    layers = []
    for s in [stride] + [1] * (blocks - 1):
        layers.append(BasicBlock(in_planes, planes, s))
        in_planes = planes
    return nn.Sequential(*layers)


torch.manual_seed(0)
net = nn.Sequential(make_layer(3, 8, 2, 1), make_layer(8, 16, 2, 2))
y = net(torch.randn(2, 3, 12, 12))
y.mean().backward()
print(y.shape, y.mean().item(), y.max().item())
print(len(list(net.parameters())), net[1][0].shortcut[0], net[0][0].shortcut)
print(net[0][0].conv1.weight.grad.sum().item(), net[1][0].bn1.running_mean)
