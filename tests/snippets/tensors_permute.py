import torch

picture = torch.arange(2 * 3 * 4).reshape(2, 3, 4)  # height, width, channels
channels_first = picture.permute(2, 0, 1)
print(channels_first.shape, channels_first[1])
print(channels_first.contiguous().view(4, -1)[0])
m = torch.tensor([[1, 2, 3], [4, 5, 6]])
print(m.t(), m.T.shape, m.transpose(0, 1).shape, torch.transpose(m, 0, 1)[2])
batch = torch.randn(5, 2, 3)
print(batch.transpose(1, 2).shape, torch.permute(batch, (2, 0, 1)).shape)
print(torch.flip(m, dims=(1,)), m.flip(0), torch.roll(m, 1, dims=1))
