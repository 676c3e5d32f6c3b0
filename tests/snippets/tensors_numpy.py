import numpy as np
import torch

array = np.arange(6, dtype=np.float32).reshape(2, 3)
x = torch.from_numpy(array)
array[0, 0] = 100  # they share memory
print(x[0, 0].item())
y = (x * 2).numpy()
print(type(y).__name__, y.shape, y.dtype, y.tolist())

w = torch.tensor([1.0, 2.0], requires_grad=True)
values = (w * 3).detach().cpu().numpy()
print(values, np.asarray(values).mean())
print(torch.tensor(np.array([1, 2, 3])).dtype, torch.as_tensor([1.0, 2.0]))
loss = (w**2).sum()
print(loss.item(), f"{loss:.3f}", f"{loss.item():.3f}", float(values[0]), int(values[1]))
