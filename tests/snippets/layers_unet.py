import torch
import torch.nn as nn
import torch.nn.functional as F


def double_conv(inp, out):
    return nn.Sequential(
        nn.Conv2d(inp, out, 3, padding=1), nn.ReLU(), nn.Conv2d(out, out, 3, padding=1), nn.ReLU()
    )


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = double_conv(1, 4), double_conv(4, 8)
        self.middle = double_conv(8, 16)
        self.up2 = nn.ConvTranspose2d(16, 8, kernel_size=2, stride=2)
        self.conv2 = double_conv(16, 8)
        self.conv1 = double_conv(8 + 4, 4)
        self.out = nn.Conv2d(4, 1, kernel_size=1)

    def forward(self, x):
        skip1 = self.down1(x)
        skip2 = self.down2(F.max_pool2d(skip1, 2))
        x = self.middle(F.max_pool2d(skip2, 2))
        x = self.conv2(torch.cat([self.up2(x), skip2], dim=1))
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        x = self.conv1(torch.cat([x, skip1], dim=1))
        return self.out(x)


torch.manual_seed(0)
net = UNet()
image = torch.rand(1, 1, 16, 16)
mask = (image > 0.5).float()
logits = net(image)
loss = F.binary_cross_entropy_with_logits(logits, mask)
loss.backward()
print(logits.shape, loss.item(), net.up2.weight.grad.sum().item())
print(F.interpolate(image, size=(5, 7)).shape, F.pad(image, (1, 2, 3, 4)).shape)
print(F.interpolate(image[:, :, :2, :2], scale_factor=2, mode="nearest"))
