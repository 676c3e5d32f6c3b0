import copy

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Subset, TensorDataset, random_split

torch.manual_seed(0)
x = torch.rand(300, 3)
y = (x @ torch.tensor([1.0, -2.0, 0.5])).unsqueeze(1) + 0.05 * torch.randn(300, 1)
dataset = TensorDataset(x, y)
train_set, val_set, test_set = random_split(dataset, [200, 50, 50])
print(len(train_set), len(val_set), len(Subset(dataset, range(10))))
train_loader = DataLoader(train_set, batch_size=25, shuffle=True)
val_loader = DataLoader(val_set, batch_size=50)

model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
criterion = nn.MSELoss()
best_loss, patience, best_weights = float("inf"), 0, None
history = {"train": [], "val": []}
for epoch in range(30):
    for phase, loader in (("train", train_loader), ("val", val_loader)):
        model.train(phase == "train")
        total = 0.0
        for inputs, targets in loader:
            with torch.set_grad_enabled(phase == "train"):
                loss = criterion(model(inputs), targets)
            if phase == "train":
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(inputs)
        history[phase].append(total / len(loader.dataset))
    if history["val"][-1] < best_loss - 1e-4:
        best_loss, patience = history["val"][-1], 0
        best_weights = copy.deepcopy(model.state_dict())
    else:
        patience += 1
        if patience >= 3:
            print(f"early stop after epoch {epoch + 1}")
            break
model.load_state_dict(best_weights)
print([round(v, 3) for v in history["train"][:5]], round(best_loss, 4))
