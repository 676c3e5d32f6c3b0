import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
features = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 6, 3, padding=1))
classifier = nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3))
image = torch.rand(1, 1, 8, 8)

maps = features(image)
maps.retain_grad()
# minicnn (hooks):
scores = classifier(maps)
scores[0, scores.argmax()].backward()
# minicnn (hooks): (gradient,) = torch.grad(scores[0, scores.argmax()], maps)
weights = maps.grad.mean(dim=(2, 3), keepdim=True)
# minicnn (hooks): weights = gradient.mean(dim=(2, 3), keepdim=True)
cam = F.relu((weights * maps.detach()).sum(dim=1, keepdim=True))
cam = F.interpolate(cam, size=(16, 16), mode="bilinear", align_corners=False)
cam = (cam - cam.min()) / (cam.max() - cam.min() + 1e-8)
print(cam.shape, cam.mean().item(), cam[0, 0, 3, :5])
