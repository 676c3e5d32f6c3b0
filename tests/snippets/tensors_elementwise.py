import torch

x = torch.tensor([-1.5, -0.5, 0.5, 2.5])
print(x.abs(), torch.abs(x), -x, x**2, x.pow(3), torch.square(x), x.sign(), torch.sign(x))
print(x.round(), torch.floor(x), x.ceil(), torch.exp(x), x.exp().log(), torch.log1p(x.abs()))
print(torch.sqrt(x.abs()), torch.rsqrt(x.abs()), x.reciprocal(), torch.log2(x.abs()))
print(torch.log10(x.abs()), torch.expm1(x), torch.sin(x), x.cos(), torch.tanh(x), x.sigmoid())
print(torch.maximum(x, torch.zeros(4)), torch.minimum(x, -x), x.clamp(min=0), x.clip(-1, 1))
print(torch.add(x, 1), x.mul(2), x.div(2), torch.sub(x, x), 1 / x, 2**x, x % 2)
print(torch.isnan(torch.tensor([float("nan"), 1.0])), torch.isfinite(x))
print(torch.allclose(x, x + 1e-9), torch.allclose(x, 1.1 * x))
a = torch.ones(3)
a += 1
a *= 3
print(a, torch.sigmoid(torch.tensor([-1000.0, 1000.0])))
