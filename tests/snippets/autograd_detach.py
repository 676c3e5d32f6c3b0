import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
frozen = (x * 3).detach()
loss = (x * frozen).sum()
loss.backward()
print(x.grad, frozen.requires_grad)

with torch.no_grad():
    y = x * 2
print(y.requires_grad, torch.is_grad_enabled())


@torch.no_grad()
def evaluate(t):
    return (t * 2).requires_grad


print(evaluate(x))
for phase in ("train", "val"):
    with torch.set_grad_enabled(phase == "train"):
        print(phase, (x * 2).requires_grad)
with torch.inference_mode():
    print((x + 1).requires_grad)
copy = x.clone()
print(copy.requires_grad, x.detach().clone().requires_grad)
