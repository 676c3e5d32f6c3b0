import torch

labels = torch.tensor([2, 0, 1, 2, 2, 0])
print(torch.unique(labels), torch.bincount(labels), torch.bincount(labels, minlength=5))
counts = torch.bincount(labels).float()
weights = counts.sum() / (len(counts) * counts)
print(weights)
values, counts = torch.unique(labels, return_counts=True)
print(values, counts, (labels == 2).sum().item())
scores = torch.tensor([0.3, 0.9, 0.1, 0.5])
ordered, places = torch.sort(scores, descending=True)
print(ordered, places, scores.argsort(), scores.sort().values)
hits = torch.tensor([1, 0, 1, 1])[places]
precision = torch.cumsum(hits, 0) / torch.arange(1, 5)
print(precision, (precision * hits).sum() / hits.sum())
