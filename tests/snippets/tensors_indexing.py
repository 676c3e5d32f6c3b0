import torch

x = torch.arange(20).reshape(4, 5)
print(x[0], x[-1, 2], x[:, 1], x[1:3, ::2], x[..., -1])
print(x[[0, 2]], x[torch.tensor([0, 3]), torch.tensor([1, 4])])
print(x[:, None].shape, x[None].shape)
rows = torch.tensor([2, 0])
print(x[rows], torch.index_select(x, 1, rows), x.index_select(0, rows)[0])

scores = torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.0, 0.1, 0.9]])
labels = torch.tensor([1, 2, 2])
print(scores[torch.arange(3), labels], scores[range(3), labels].sum())
order = torch.tensor([2, 1, 0])
print(scores[order].argmax(dim=1), len(scores), [row.max().item() for row in scores])
