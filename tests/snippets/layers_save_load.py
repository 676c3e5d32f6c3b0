import os
import tempfile

import torch
import torch.nn as nn

torch.manual_seed(0)


def make():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))


model = make()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
x, y = torch.randn(32, 4), torch.randint(0, 2, (32,))


def train(model, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()


folder = tempfile.mkdtemp()
train(model, optimizer, 5)
path = os.path.join(folder, "model.pt")
# minicnn (save): path = os.path.join(folder, "model.npz")
torch.save(model.state_dict(), path)
# minicnn (save): torch.save_weights(model, path)
other = make()
other.load_state_dict(torch.load(path))
# minicnn (save): torch.load_weights(other, path)
print(torch.equal(other(x), model(x)))

path = os.path.join(folder, "checkpoint.pt")
# minicnn (save): path = os.path.join(folder, "checkpoint.npz")
state = {"epoch": 5, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
# minicnn (save): state = dict(model=model, optimizer=optimizer, epoch=5)
torch.save(state, path)
# minicnn (save): torch.save_checkpoint(path, **state)
went_on = train(model, optimizer, 5)
checkpoint = torch.load(path)
# minicnn (save): again = make()
model = make()
# minicnn (save): model = make()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
model.load_state_dict(checkpoint["model"])
# minicnn (save): checkpoint = torch.load_checkpoint(path, model, optimizer)
optimizer.load_state_dict(checkpoint["optimizer"])
# minicnn (save):
print(checkpoint["epoch"], abs(train(model, optimizer, 5) - went_on) < 1e-6)
