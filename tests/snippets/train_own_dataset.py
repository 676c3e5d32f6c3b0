import torch
from torch.utils.data import DataLoader, Dataset


class Squares(Dataset):
    def __init__(self, n, transform=None):
        self.x = torch.arange(n, dtype=torch.float32)
        self.transform = transform

    def __len__(self):
        return len(self.x)

    def __getitem__(self, idx):
        sample = self.x[idx]
        if self.transform:
            sample = self.transform(sample)
        return sample, int(self.x[idx] ** 2)


dataset = Squares(10, transform=lambda t: t / 10)
print(len(dataset), dataset[3][0].item(), dataset[3][1])
loader = DataLoader(dataset, batch_size=4, num_workers=0, drop_last=False)
for i, (x, y) in enumerate(loader):
    print(i, x, y, x.dtype, y.dtype)
print(len(loader), len(DataLoader(dataset, 4, drop_last=True)))
torch.manual_seed(0)
x, y = next(iter(DataLoader(dataset, batch_size=10, shuffle=True)))
print(x, y)
pairs = DataLoader([(torch.ones(2), 0), (torch.zeros(2), 1)], batch_size=2)
print([(a.shape, b.tolist()) for a, b in pairs])
