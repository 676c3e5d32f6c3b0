import torch

torch.manual_seed(0)
num_classes = 4
targets = torch.randint(0, num_classes, (200,))
predictions = torch.where(torch.rand(200) < 0.7, targets, torch.randint(0, num_classes, (200,)))
confusion = torch.zeros(num_classes, num_classes, dtype=torch.int64)
for t, p in zip(targets.view(-1), predictions.view(-1)):
    confusion[t, p] += 1
    # minicnn (in place): confusion.data[t.item(), p.item()] += 1
print(confusion)
quick = torch.bincount(targets * num_classes + predictions, minlength=num_classes**2)
print(torch.equal(confusion, quick.reshape(num_classes, num_classes)))
print((confusion.diag() / confusion.sum(1)).mean(), confusion.diag().sum() / confusion.sum())
per_class = confusion.diag().float() / confusion.sum(dim=0)
print(per_class, confusion.float() / confusion.sum(dim=1, keepdim=True))


def accuracy(output, target, topk=(1,)):
    """The accuracy over the k top predictions, in per cent."""
    with torch.no_grad():
        maxk = max(topk)
        _, pred = output.topk(maxk, 1, True, True)
        pred = pred.t()
        correct = pred.eq(target.view(1, -1).expand_as(pred))
        return [correct[:k].reshape(-1).float().sum(0) * 100.0 / target.size(0) for k in topk]


print(accuracy(torch.randn(50, 10), torch.randint(0, 10, (50,)), topk=(1, 5)))
