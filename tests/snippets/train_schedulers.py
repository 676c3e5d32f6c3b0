import torch
from torch import optim
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)


def rates(make, steps=10):
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    scheduler = make(optimizer)
    seen = []
    for _ in range(steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return [round(lr, 6) for lr in seen], scheduler.get_last_lr()


print(rates(lambda o: StepLR(o, step_size=3, gamma=0.5)))
print(rates(lambda o: MultiStepLR(o, milestones=[2, 6])))
print(rates(lambda o: ExponentialLR(o, 0.9)))
print(rates(lambda o: CosineAnnealingLR(o, T_max=10, eta_min=0.001)))
print(rates(lambda o: LambdaLR(o, lr_lambda=lambda epoch: 1 / (1 + epoch))))
print(rates(lambda o: OneCycleLR(o, max_lr=1.0, total_steps=12)))
print(rates(lambda o: SequentialLR(
    o, [LinearLR(o, total_iters=4), CosineAnnealingLR(o, T_max=8)], milestones=[4])))

optimizer = optim.Adam([torch.zeros(2, requires_grad=True)], lr=0.01)
scheduler = ReduceLROnPlateau(optimizer, mode="min", factor=0.1, patience=2)
for loss in (1.0, 0.8, 0.8, 0.9, 0.85, 0.82, 0.5):
    scheduler.step(loss)
    print(optimizer.param_groups[0]["lr"])
