import copy

import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(32, 2))
twin = copy.deepcopy(model)
print(torch.equal(model[0].weight, twin[0].weight), model[0].weight is twin[0].weight)
best = copy.deepcopy(model.state_dict())
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
model(torch.randn(4, 1, 6, 6)).pow(2).mean().backward()
optimizer.step()
print(torch.equal(model[0].weight, twin[0].weight))
model.load_state_dict(best)
print(torch.equal(model[0].weight, twin[0].weight), torch.equal(model[1].bias, twin[1].bias))

state = model.state_dict()
print([name for name in state if "num_batches_tracked" not in name])
state["3.weight"] = torch.zeros(5, 32)
try:
    model.load_state_dict(state)
except (RuntimeError, ValueError) as error:
    print("3.weight" in str(error))
del state["3.weight"]
result = model.load_state_dict(state, strict=False)
print(result.missing_keys, result.unexpected_keys)
