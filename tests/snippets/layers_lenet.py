import torch
from torch import nn
from torch.nn import functional as F


class LeNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.pool = nn.MaxPool2d(2, 2)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(-1, 16 * 5 * 5)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return F.log_softmax(self.fc3(x), dim=1)


torch.manual_seed(42)
net = LeNet()
images = torch.randn(4, 1, 28, 28)
log_probabilities = net(images)
loss = F.nll_loss(log_probabilities, torch.tensor([3, 1, 4, 1]))
loss.backward()
print(log_probabilities.shape, loss.item(), log_probabilities.exp().sum(dim=1))
print(net.conv1.weight.grad.shape, net.conv1.weight.grad.sum(), net.fc3.bias.grad)
print(net.conv1.weight.grad.norm())
# minicnn (arrays): print(torch.norm(net.conv1.weight.grad))
print(net.conv1, net.pool, sum(p.numel() for p in net.parameters()))
