import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
logits = torch.randn(5, 4)
target = torch.tensor([0, 3, 1, 2, 1])
print(nn.CrossEntropyLoss()(logits, target), F.cross_entropy(logits, target, reduction="sum"))
print(F.cross_entropy(logits, target, reduction="none"))
print(F.nll_loss(F.log_softmax(logits, dim=1), target))
by_hand = -torch.log(F.softmax(logits, dim=1)[torch.arange(5), target]).mean()
print(by_hand, nn.CrossEntropyLoss(label_smoothing=0.1)(logits, target))
weight = torch.tensor([1.0, 2.0, 0.5, 1.0])
print(nn.CrossEntropyLoss(weight=weight)(logits, target))
print(nn.CrossEntropyLoss(weight, reduction="sum")(logits, target))
probabilities = F.softmax(torch.randn(5, 4), dim=1)
print(F.cross_entropy(logits, probabilities))
one_hot = F.one_hot(target, num_classes=4).float()
print(F.cross_entropy(logits, one_hot), one_hot.sum(0))

pixels = torch.randn(2, 3, 4, 4)
labels = torch.randint(0, 3, (2, 4, 4))
labels[:, 0] = 255
# minicnn (in place): labels = torch.cat([torch.full((2, 1, 4), 255), labels[:, 1:]], dim=1)
print(nn.CrossEntropyLoss(ignore_index=255)(pixels, labels))
