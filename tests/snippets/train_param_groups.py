import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 2))
decay = [p for name, p in model.named_parameters() if name.endswith("weight")]
no_decay = [p for name, p in model.named_parameters() if name.endswith("bias")]
optimizer = torch.optim.AdamW(
    [
        {"params": decay, "weight_decay": 0.1},
        {"params": no_decay, "weight_decay": 0.0, "lr": 0.02},
    ],
    lr=0.01,
)
x, y = 10 * torch.randn(20, 6), torch.randint(0, 2, (20,))
for step in range(6):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
    optimizer.step()
    print(f"{loss.item():.4f} {norm.item():.4f}")
total = torch.sqrt(sum((p.grad**2).sum() for p in model.parameters()))
# minicnn (arrays): total = sum((p.grad**2).sum() for p in model.parameters()) ** 0.5
print(f"{float(total):.4f}", [g["lr"] for g in optimizer.param_groups])
nn.utils.clip_grad_value_(model.parameters(), 0.01)
print(max(p.grad.abs().max().item() for p in model.parameters()))
# minicnn (arrays): print(max(abs(p.grad).max().item() for p in model.parameters()))
for group in optimizer.param_groups:
    group["lr"] *= 0.1
print([g["lr"] for g in optimizer.param_groups])
