import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3), nn.ReLU(), nn.Flatten()
)
activations = {}


def save(name):
    def hook(module, inputs, output):
        activations[name] = output.detach()

    return hook


handles = [
    module.register_forward_hook(save(name))
    for name, module in model.named_modules()
    if isinstance(module, nn.Conv2d)
]
x = torch.randn(2, 3, 12, 12)
model(x)
for name, value in activations.items():
    print(name, value.shape, value.mean().item(), (value > 0).float().mean().item())
for handle in handles:
    handle.remove()
activations.clear()
model(x)
print(len(activations))
doubled = model[1].register_forward_pre_hook(lambda module, args: (2 * args[0],))
print(model(x).sum().item())
doubled.remove()
print(model(x).sum().item())
