import torch


class StraightThrough(torch.autograd.Function):
    """Rounds going forward, and lets the gradient pass as if it had not; times a factor."""

    @staticmethod
    # minicnn (Function):
    def forward(ctx, x):
        return torch.round(x)
        # minicnn (Function): return x.round()

    @staticmethod
    # minicnn (Function):
    def backward(ctx, grad):
        return grad


class Cube(torch.autograd.Function):
    @staticmethod
    # minicnn (Function):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        # minicnn (Function):
        return x**3

    @staticmethod
    # minicnn (Function):
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        # minicnn (Function): (x,) = ctx.inputs
        return grad * 3 * x**2


x = torch.tensor([0.4, 1.6, -2.2], requires_grad=True)
y = StraightThrough.apply(x) * Cube.apply(x)
# minicnn (Function): y = StraightThrough()(x) * Cube()(x)
y.sum().backward()
print(y.detach(), x.grad)
