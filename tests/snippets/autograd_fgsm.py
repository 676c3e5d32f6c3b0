import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(3)
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 5))
model.eval()
image, label = torch.rand(2, 1, 8, 8), torch.tensor([1, 4])


def fgsm_attack(image, epsilon, data_grad):
    perturbed = image + epsilon * data_grad.sign()
    # minicnn (arrays): perturbed = image + epsilon * torch.sign(data_grad)
    return torch.clamp(perturbed, 0, 1)


image.requires_grad = True
loss = F.cross_entropy(model(image), label)
model.zero_grad()
loss.backward()
adversarial = fgsm_attack(image, 0.1, image.grad)
after = F.cross_entropy(model(adversarial), label)
print(loss.item(), after.item(), (after > loss).item())
saliency = image.grad.abs().amax(dim=1)
# minicnn (arrays): saliency = torch.abs(image.grad).amax(dim=1)
print(saliency.shape, saliency.max())
