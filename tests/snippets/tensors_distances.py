import torch
import torch.nn.functional as F

# one step of k-means, and the nearest neighbour of a query
points = torch.tensor([[0.0, 0.0], [0.0, 1.0], [5.0, 5.0], [6.0, 5.0], [5.0, 6.0]])
centres = torch.tensor([[0.0, 0.0], [4.0, 4.0]])
distances = (points[:, None, :] - centres[None, :, :]).pow(2).sum(dim=-1).sqrt()
assigned = distances.argmin(dim=1)
print(distances, assigned)
new = torch.stack([points[assigned == k].mean(dim=0) for k in range(2)])
print(new, (new - centres).abs().max())

query = torch.tensor([[1.0, 0.6]])
print(F.cosine_similarity(points[1:], query), F.normalize(points[2:], dim=1))
nearest = torch.norm(points - query, dim=1).topk(2, largest=False)
print(nearest.indices, nearest.values)
