"""What users get wrong, and what they are told: a catalogue.

Each row is a line as somebody wrote it, the exception, and words of its message, in order, with
" ... " for what is left out. Before the line there is a small network that has been trained for
two steps, its optimiser, schedule and files (:func:`workplace`); after it everything must be as it
was: weights, statistics, gradients, modes, the optimiser's and the schedule's state, the random
numbers and every file. What comes before " ; " in a line is preparation, and may change things.
"""

import os
import pathlib
import re

import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn, optim
from minicnn.optim import lr_scheduler

LAYERS = [  # making a layer
    ("nn.Conv2d(1, 4)", TypeError, "missing 1 required positional argument: 'kernel_size'"),
    ("nn.Conv2d(1, 4, '3')", TypeError, "Conv2d: kernel_size must be a whole number, got '3'"),
    ("nn.Conv2d(1.0, 4, 3)", TypeError, "Conv2d: in_channels must be a whole number, got 1.0"),
    ("nn.Conv2d(1, 4, (3, 3, 3))",
     ValueError, "kernel_size=(3, 3, 3) has 3 entries ... 2 spatial axes"),
    ("nn.Conv2d(1, 4, 3, stride=0)", ValueError, "Conv2d: stride=0 must be at least 1"),
    ("nn.Conv2d(1, 4, 3, padding='full')", ValueError, "'full' must be 'same', 'valid' or numbers"),
    ("nn.Conv2d(3, 4, 3, groups=2)",
     ValueError, "groups=2 must divide in_channels=3 and out_channels=4"),
    ("nn.Conv2d(1, 4, 3, padding_mode='reflect')", ValueError, "must be 'zeros' ... pad the input"),
    ("nn.Conv2d(1, 4, 3, kernel='cudnn')",
     ValueError, "kernel='cudnn' must be one of 'auto', 'direct', 'sparse', 'im2col'"),
    ("nn.Conv2d(1, 4, 3, device='gpu')", ValueError, "unknown device 'gpu': use 'cpu', 'cuda'"),
    ("nn.ConvTranspose2d(1, 1, 3, 2, output_padding=2)",
     ValueError, "output_padding=(2, 2) must be smaller than the stride (2, 2)"),
    ("nn.Linear(-1, 3)", ValueError, "Linear: in_features=-1 must be at least 1"),
    ("nn.Linear(3, 3, bias='no')", TypeError, "Linear: bias must be True or False, got 'no'"),
    ("nn.Linear(3, 3, dtype='int64')", TypeError, "dtype must be float32 or float64, got int64"),
    ("nn.MaxPool2d(3, padding=2)", ValueError, "padding=2 must be at most half of the window"),
    ("nn.MaxPool2d(2, return_indices=True)", ValueError, "return_indices=True is not supported"),
    ("nn.LocallyConnected2d(1, 4, 3)",
     TypeError, "missing 1 required positional argument: 'input_size'"),
    ("nn.RotationInvariantConv2d(1, 4, (3, 2))", ValueError, "kernel_size=(3, 2) must be square"),
    ("nn.FractionalMaxPool2d(2)",
     ValueError, "give either output_size or output_ratio, got output_size=None"),
    ("nn.StochasticDepth(0.5, 'sample')", ValueError, "'sample' must be one of 'batch', 'row'"),
    ("nn.UpsampleConv2d(1, 4, 3, mode='linear')",
     ValueError, "mode='linear' must be one of 'nearest', 'bilinear'"),
    ("nn.DropConnectLinear(64, 3, p=20)", ValueError, "Linear: p=20 must be from 0 to 1"),
    ("nn.Quantize(32)", ValueError, "Quantize: bits=32 must be from 1 to 16"),
    ("nn.linear_to_conv2d(fc, (4, 8, 8))",
     ValueError, "(4, 8, 8) must be (C, H, W) with C·H·W = 64, the inputs of Linear("),
    ("nn.linear_to_conv2d(net, (4, 4, 4))", TypeError, "expected an nn.Linear, got Sequential"),
    ("nn.AdaptiveAvgPool2d((1, 1, 1))",
     ValueError, "output_size=(1, 1, 1) has 3 entries; give one number ... 2 axes"),
    ("nn.BatchNorm2d(4, momentum=None)",
     ValueError, "momentum=None ... not supported ... from 0 to 1"),
    ("nn.GroupNorm(3, 4)", ValueError, "num_groups=3 must divide num_channels=4"),
    ("nn.InstanceNorm2d(4, track_running_stats=True)",
     ValueError, "track_running_stats=True is not supported: each image is normalised by its own"),
    ("nn.LayerNorm(())", ValueError, "LayerNorm: normalized_shape=() must have an entry"),
    ("nn.Dropout(20)", ValueError, "Dropout: p=20 must be from 0 to 1"),
    ("nn.Softmax()", ValueError, "along which axis, Softmax(dim=1)"),
    ("nn.ReLU(x)", TypeError, "inplace must be True or False, got Tensor of shape (8, 1, 6, 6)"),
    ("nn.GELU(x)", TypeError, "approximate must be a name, got Tensor of shape (8, 1, 6, 6)"),
    ("nn.Flatten(x)",
     TypeError, "start_dim must be a whole number, got Tensor of shape (8, 1, 6, 6)"),
    ("nn.Hardtanh(1, -1)", ValueError, "min_val=1 must be smaller than max_val=-1"),
    ("nn.Upsample(12, scale_factor=2)",
     ValueError, "give either size or scale_factor, got size=12 and scale_factor=2"),
    ("nn.Upsample(12, mode='bicubic')", ValueError, "'bicubic' must be one of 'nearest', 'linear'"),
    ("nn.ZeroPad2d((1, 2))",
     ValueError, "padding=(1, 2) has 2 entries; give one number, or (before, after)"),
    ("nn.Unflatten(1, (-1, -1))", ValueError, "may hold one -1, not more"),
]

INPUTS = [  # calling a layer
    ("net()", TypeError, "missing 1 required positional argument: 'input'"),
    ("net(None)", TypeError, "the input is None"),
    ("net('image.png')", TypeError, "expected a Tensor, an array, ... got str"),
    ("net(x[0])", ValueError, "4 dimensions (N, C, size...), got shape (1, 6, 6) ... x[None]"),
    ("net(x.permute(0, 2, 3, 1))", ValueError, "the input has 6 channels, but the weight takes 1"),
    ("net(x.to('float64'))", TypeError, "input is float64 and the weight is float32"),
    ("net(x.to('int64'))", TypeError, "must be float32 or float64, got int64 ... .to('float32')"),
    ("net.eval() ; net(mc.ones(8, 1, 7, 7))",
     ValueError, "last size of the input (8, 100) ... (3, 64)"),
    ("fc = nn.Linear(36, 3) ; fc(x)", ValueError, "(8, 1, 6, 6) must be ... here (3, 36)"),
    ("conv = nn.Conv2d(1, 4, 7) ; conv(x)",
     ValueError, "covers 7 pixels, ... input has only 6 ... more padding"),
    ("conv = net[0].to('float16') ; conv(x.to('float16'))",
     TypeError, "the input must be float32 or float64, got float16"),
    ("up = nn.ConvTranspose2d(1, 1, 3, 2) ; up(x, (9, 9))",
     ValueError, "output_size=(9, 9) must lie between (13, 13) and (14, 14)"),
    ("nn.MaxPool2d(9)(x)", ValueError, "covers 9 pixels, but the padded input has only 6"),
    ("nn.MaxPool2d(2)(x.to('int64'))", TypeError, "must be floats, got int64 ... .to('float32')"),
    ("net[1](mc.ones(1, 4, 1, 1))",
     ValueError, "more than one value a channel ... evaluation mode"),
    ("net[1](mc.ones(8, 3, 6, 6))", ValueError, "BatchNorm2d(4): ... has 3 channels, not 4"),
    ("net[1](x.flatten(1))", ValueError, "must be (N, C, H, W), got shape (8, 36)"),
    ("local = nn.LocallyConnected2d(1, 4, 3, 5) ; local(x)",
     ValueError, "places of images of size (5, 5), but the input has shape (8, 1, 6, 6)"),
    ("nn.Maxout(2)(x)", ValueError, "pieces=2 must divide the 1 entries along dim=1 ... (8, 1,"),
    ("nn.FractionalMaxPool2d(3, 5)(x)",
     ValueError, "(5, 5) windows of (3, 3) pixels do not fit ... here 5 + 3 − 1 and 6"),
    ("nn.CropAndConcatenate()(x, mc.ones(8, 1, 7, 7))",
     ValueError, "skip (8, 1, 6, 6) and x (8, 1, 7, 7) must be ... skip no smaller than x"),
    ("nn.LocalResponseNorm(5)(x.flatten(1))", ValueError, "(N, C, size...), got shape (8, 36)"),
    ("F.drop_connect(fc.weight, 50)", ValueError, "p=50 must be a probability from 0 to 1"),
    ("nn.GroupNorm(2, 4, affine=False)(mc.ones(8, 6))", ValueError, "has 6 channels, not 4"),
    ("nn.LayerNorm(5)(x)", ValueError, "(8, 1, 6, 6) must be normalized_shape (5,)"),
    ("nn.Softmax(dim=4)(x)", IndexError, "axis 4 does not exist: there are 4 (-4 to 3)"),
    ("nn.Dropout2d()(x.flatten(1))", ValueError, "4 dimensions ... , got shape (8, 36)"),
    ("nn.Flatten(2, 1)(x)", ValueError, "start_dim=2 comes after end_dim=1"),
    ("nn.Unflatten(1, (2, 2))(mc.ones(8, 5))",
     ValueError, "5 entries, which do not fit ... (2, 2)"),
    ("nn.PixelShuffle(2)(x)", ValueError, "(N, C·r², H, W) with r = 2 ... (8, 1, 6, 6)"),
    ("nn.ReflectionPad2d(6)(x)", ValueError, "mode='reflect' can add at most 5 to an axis"),
    ("nn.Fold(4, 2)(mc.ones(1, 4, 8))", ValueError, "9 windows, but the input ... 8 columns"),
    ("nn.Upsample(9, mode='bilinear')(x[0])",
     ValueError, "mode='bilinear' must be 'nearest' or 'linear' for an input with 1"),
    ("with mc.use_kernel('cudnn'): net(x)", ValueError, "unknown kernel 'cudnn': choose one of"),
]

LOSSES = [
    ("criterion(logits)", TypeError, "missing 1 required positional argument: 'target'"),
    ("criterion(labels, logits)", TypeError, "the input must be floats, got int64"),
    ("criterion(logits, labels[:4])", ValueError, "(8, 3) ... must have shape (8,), got (4,)"),
    ("criterion(logits, labels + 1)", IndexError, "class index 3 is outside 0 to 2"),
    ("criterion(logits, labels - 1)", IndexError, "class index -1 is outside 0 to 2"),
    ("criterion(logits, labels.reshape(8, 1))", ValueError, "must have shape (8,), got (8, 1)"),
    ("criterion(logits, labels.to('float32'))",
     ValueError, "target probabilities must have the shape of the input (8, 3), got (8,)"),
    ("criterion(logits, F.one_hot(labels))", ValueError, "must have shape (8,), got (8, 3)"),
    ("criterion(logits, onehot.to('float64'))", TypeError, "is float32 and the target is float64"),
    ("criterion(logits, labels > 1)",
     TypeError, "class indices (integers) or probabilities, got bool"),
    ("criterion(logits, None)",
     TypeError, "expected a Tensor, an array, a number or nested lists of numbers, got NoneType"),
    ("criterion(logits[0], labels[0])", ValueError, "one score for each class ... pass x[None]"),
    ("nn.CrossEntropyLoss(logits, labels)",
     TypeError, "takes from 1 to 2 positional arguments but 3 were given"),
    ("nn.CrossEntropyLoss([1.0, 2.0, 3.0])",
     TypeError, "weight must be a Tensor or an array of floats, got list"),
    ("nn.CrossEntropyLoss(mc.ones(4))(logits, labels)",
     ValueError, "weight must have shape (3,), one number for each class, got (4,)"),
    ("nn.CrossEntropyLoss(reduction='avg')",
     ValueError, "reduction='avg' must be one of 'mean', 'sum', 'none'"),
    ("nn.CrossEntropyLoss(label_smoothing=2)", ValueError, "label_smoothing=2 must be from 0 to 1"),
    ("nn.MSELoss()(mc.ones(8, 1), mc.ones(8))",
     ValueError, "input (8, 1) and target (8,) must have the same shape"),
    ("nn.MSELoss()(onehot, onehot.to('float64'))", TypeError, "mse_loss: ... .to('float32')"),
    ("nn.SmoothL1Loss(beta=-1)", ValueError, "beta=-1 must be 0 or more"),
    ("nn.BCELoss()(logits, onehot)", ValueError, "probabilities from 0 to 1 ... with_logits"),
    ("nn.BCEWithLogitsLoss()(logits, F.one_hot(labels))", TypeError, "target must be floats"),
    ("nn.BCEWithLogitsLoss(pos_weight=2.0)",
     TypeError, "pos_weight must be a Tensor or an array of floats, got float"),
    ("nn.BCEWithLogitsLoss(pos_weight=mc.ones(4))(logits, onehot)",
     ValueError, "pos_weight of shape (4,) does not broadcast over the input (8, 3)"),
    ("nn.WeightedBCELoss(-2.0)", ValueError, "positive_weight=-2.0 must be 0 or more"),
    ("F.weighted_binary_cross_entropy(logits, onehot, 2.0)",
     ValueError, "probabilities from 0 to 1 ... with_logits"),
    ("F.multilabel_binary_cross_entropy(x, x)",
     ValueError, "must be (N, L), L labels an image, got shape (8, 1, 6, 6)"),
    ("F.balanced_class_weights(labels)", ValueError, "must be zeros and ones, got 2"),
    ("nn.DiceLoss()(logits, onehot)", ValueError, "0 to 1 ... through sigmoid or softmax first"),
    ("nn.DiceLoss(dim=(2, 3))(onehot, onehot)", IndexError, "names axis 2 ... has 2 axes"),
    ("F.pixel_dice_loss(onehot, labels)",
     ValueError, "input (8, 3) and target (8,) must have the same shape"),
    ("nn.CrossEntropyDiceLoss()(logits, labels - 1)", IndexError, "-1 is negative; every pixel"),
    ("nn.CrossEntropyDiceLoss()(logits, onehot)", TypeError, "class indices, got float32"),
    ("F.unet_weight_map(onehot)", TypeError, "integers, a number for each cell, got float32"),
    ("F.pixel_weighted_cross_entropy(logits, labels, mc.ones(3))",
     ValueError, "weight_map of shape (3,) does not broadcast over the input (8,)"),
    ("nn.TripletMarginLoss(margin=0)", ValueError, "margin=0 must be a finite number, greater"),
    ("nn.TripletMarginLoss()(logits, onehot, onehot[:1])",
     ValueError, "anchor (8, 3) and negative (1, 3) must have the same shape"),
    ("nn.ContrastiveLoss()(logits, onehot, labels)",
     ValueError, "same must be 1 (the same) or 0 (different), got 2"),
    ("F.gram_matrix(logits)", ValueError, "must be (N, C, size...), got shape (8, 3)"),
    ("F.multi_task_loss([criterion(logits, labels)], [1.0, 2.0])",
     ValueError, "1 losses need as many weights, got 2"),
    ("F.multi_task_loss([logits])", ValueError, "one number, got shape (8, 3): take its mean"),
]

METRICS = [
    ("mc.metrics.accuracy_score(labels, logits)",
     ValueError, "y_pred must be (N,), one label for each sample, got shape (8, 3); of scores"),
    ("mc.metrics.accuracy_score(labels, labels[:4])",
     ValueError, "y_true has 8 entries and y_pred has 4"),
    ("mc.metrics.f1_score(labels, labels)",
     ValueError, "average='binary' is for two labels and here are 3; choose average=None, 'macro'"),
    ("mc.metrics.f1_score(labels, labels, average='mean')", ValueError, "average='mean' must be"),
    ("mc.metrics.sensitivity(labels, labels, 'ill')",
     ValueError, "pos_label='ill' is none of the labels of y_true, 0, 1, 2"),
    ("mc.metrics.roc_auc_score(labels, logits[:, 0])",
     ValueError, "y_true has 3 labels, 0, 1, 2 ... one column for each label"),
    ("mc.metrics.roc_curve(labels > 0, logits)",
     ValueError, "(N,), one score a sample, got shape (8, 3); of two columns pass [:, 1]"),
    ("mc.metrics.roc_curve(labels, logits[:, 0])",
     ValueError, "the labels are 0, 1, 2: give pos_label"),
    ("mc.metrics.roc_auc_score(labels > 0, [0.1, np.nan] * 4)", ValueError, "must be finite"),
    ("mc.metrics.top_k_accuracy_score(labels % 2, logits)",
     ValueError, "y_true has 2 labels ... scores for 3; give labels ... range(3)"),
    ("mc.metrics.confusion_matrix(labels, ['a'] * 8)",
     TypeError, "y_true holds numbers and y_pred holds names"),
    ("mc.metrics.consensus(labels, 2)", ValueError, "votes must be yes or no"),
    ("mc.metrics.bootstrap_interval(mc.metrics.accuracy_score, labels, labels, confidence=95)",
     ValueError, "confidence=95 must be between 0 and 1, such as 0.95"),
    ("mc.metrics.bootstrap_interval(labels, labels)", TypeError, "metric must be a function"),
]

BACKWARD = [
    ("logits.backward()",
     RuntimeError, "one entry, this one has shape (8, 3): take its sum or mean"),
    ("loss = logits.sum(); loss.backward() ; loss.backward()",
     RuntimeError, "the graph has been released ... pass retain_graph=True"),
    ("x.backward()", RuntimeError, "does not depend on any Tensor with requires_grad=True"),
    ("with mc.no_grad(): criterion(logits, labels).backward()", RuntimeError, "under no_grad"),
    ("logits.sum().backward(mc.ones(3))",
     ValueError, "the gradient has shape (3,) ... the Tensor has shape ()"),
    ("logits.item()", ValueError, "one entry, this one has (8, 3)"),
    ("if logits > 0: pass", ValueError, "the truth of a Tensor of shape (8, 3) is ambiguous"),
    ("labels.requires_grad = True", TypeError, "dtype int64 cannot require a gradient"),
    ("mc.grad(criterion(logits, labels), x)",
     RuntimeError, "inputs[0] (shape (8, 1, 6, 6)) does not require a gradient"),
    ("nn.utils.clip_grad_norm_(net, 1.0)", TypeError, "pass model.parameters()"),
    ("nn.utils.clip_grad_norm_(net.parameters(), -1)", ValueError, "max_norm=-1 must be 0 or more"),
    ("fc.weight.grad[0] = np.nan ; nn.utils.clip_grad_norm_([fc.weight], 1, 2, True)",
     RuntimeError, "norm of the gradients is nan ... nothing was changed"),
]

MODULES = [
    ("Forgetful()",
     AttributeError, "Forgetful.__init__ must call super().__init__() before anything else"),
    ("nn.Module()(x)", NotImplementedError, "Module has no forward(self, ...): write one"),
    ("nn.Sequential([nn.ReLU()])", TypeError, "one by one: Sequential(*modules)"),
    ("nn.Sequential(nn.ReLU)",
     TypeError, "Sequential[0] must be a Module, got the class ReLU: make a module of it"),
    ("nn.Sequential(F.relu)", TypeError, "Sequential[0] must be a Module, got <function relu"),
    ("nn.ModuleList(nn.ReLU())", TypeError, "takes a list of modules: ModuleList([module])"),
    ("nn.ModuleList([nn.ReLU()])(x)", NotImplementedError, "only keeps modules ... nn.Sequential"),
    ("nn.ModuleDict({'a': nn.ReLU()})['b']", KeyError, "no 'b', only ['a']"),
    ("net[7]", IndexError, "Sequential[7] does not exist: there are 5 modules"),
    ("net['fc']", TypeError, "an index is a whole number or a slice, got 'fc'"),
    ("net[4] = None", TypeError, "Sequential[4] must be a Module, got NoneType"),
    ("net[4] = F.relu", TypeError, "Sequential[4] must be a Module, got <function relu"),
    ("net.add_module('self', net)", ValueError, "a module cannot contain itself"),
    ("net.fc.weight", AttributeError, "'Sequential' has no attribute 'fc'"),
    ("net.get_submodule('4.fc')", AttributeError, "Linear has none named 'fc'"),
    ("fc.weight = mc.ones(3, 64)",
     TypeError, "Linear.weight must be a Parameter or None, got Tensor: wrap it, nn.Parameter"),
    ("fc.weight += 1", RuntimeError, "a leaf that requires a gradient, and += would"),
    ("net.register_parameter('a.b', nn.Parameter([1.0]))",
     ValueError, "a name is not empty and has no dots"),
    ("net.register_parameter('forward', nn.Parameter([1.0]))", ValueError, "choose another name"),
    ("net.register_buffer('mean', [1.0])", TypeError, "mean must be a Tensor or None, got list"),
    ("net.register_buffer('mean', fc.weight)",
     ValueError, "is a buffer, which is not learnt ... use its .detach()"),
    ("nn.Parameter([1, 2])",
     TypeError, "a Tensor of dtype int64 cannot require a gradient ... .to('float32')"),
    ("net.train('no')", TypeError, "mode must be True or False, got 'no'"),
    ("net.requires_grad_('no')", TypeError, "requires_grad must be True or False, got 'no'"),
    ("net.to('int64')", TypeError, "such as 'float32', not int64"),
    ("net.to('tpu')", ValueError, "unknown device 'tpu': use 'cpu', 'cuda'"),
    ("net.apply('init')", TypeError, "must be callable, got str"),
    ("net.register_forward_hook('print')", TypeError, "a hook must be callable, got str"),
    ("nn.init.kaiming_normal_(fc.bias)", ValueError, "2 axes or more, (out, in, ...), got (3,)"),
    ("nn.init.kaiming_normal_(fc)", TypeError, "expected a Tensor or Parameter, got Linear"),
    ("nn.init.uniform_(fc.weight, 1, -1)", ValueError, "a=1 must not be larger than b=-1"),
    ("nn.init.zeros_(logits)", RuntimeError, "only leaves, such as Parameters, are written to"),
    ("mc.summary(net, (8, 1, 6, 6))",
     ValueError, "None is the batch, which input_shape leaves out"),
    ("mc.summary(net, 36)", TypeError, "without the batch, such as (3, 32, 32), got 36"),
    ("mc.receptive_field(net, (3, 6, 6))",
     ValueError, "does not take float32 input of shape (None, 3, 6, 6) ... channels"),
    ("mc.receptive_field(net, 36)", TypeError, "without the batch, such as (3, 32, 32), got 36"),
    ("mc.receptive_field(net, (1, 6, 6)).rows[0].window(4, 0)", IndexError, "(4, 0) lies outside"),
]

STATES = [  # load_state_dict of a model
    ("net.load_state_dict('weights.npz')", TypeError, "a dict of names and arrays, got str"),
    ("net.load_state_dict(net)", TypeError, "a dict of names and arrays, got Sequential"),
    ("net.load_state_dict({})",
     ValueError, "missing in the state dict: '0.weight', '0.bias', '1.weight' ... '4.bias'"),
    ("net.load_state_dict({**state, 'fc.bias': state['4.bias']})",
     ValueError, "unexpected, the model has no such entry: 'fc.bias'"),
    ("net.load_state_dict({**state, '4.bias': np.ones(5)})",
     ValueError, "'4.bias' has shape (5,), the model's has (3,)"),
    ("net.load_state_dict({'4.bias': np.ones(5)}, strict=False)",
     ValueError, "'4.bias' has shape (5,), the model's has (3,)"),
    ("net.load_state_dict({**state, '4.bias': [1.0, 2.0, 3.0]})",
     TypeError, "'4.bias' is a list, not an array or Tensor"),
    ("net.load_state_dict({**state, '4.bias': np.ones(3, complex)})",
     TypeError, "'4.bias' has dtype complex128, which does not turn into the model's float32"),
    ("net.load_state_dict({**state, '0.bias': 1.0, '4.bias': 'x'})",
     TypeError, "'0.bias' is a float, not an array or Tensor ... '4.bias' is a str"),
    ("net.load_state_dict(state, strict='no')",
     TypeError, "strict must be True or False, got 'no'"),
]

OPTIMISERS = [
    ("optim.SGD(net, lr=0.1)", TypeError, "params is a Sequential: pass its .parameters()"),
    ("optim.SGD(net.parameters, lr=0.1)", TypeError, "is a function: call it, parameters()"),
    ("optim.SGD(net.named_parameters(), lr=0.1)",
     TypeError, "params[0] is a (name, parameter) pair: pass model.parameters()"),
    ("optim.SGD(net.state_dict(), lr=0.1)", TypeError, "params is a dict: pass its .values()"),
    ("optim.SGD(fc.weight, lr=0.1)",
     TypeError, "params is a single Tensor: put it in a list, [tensor]"),
    ("optim.SGD([fc.weight * 2], lr=0.1)",
     ValueError, "was computed by Mul: only a leaf can be optimised"),
    ("optim.SGD([fc.bias, fc.bias], lr=0.1)",
     ValueError, "params[1] (shape (3,)) is there twice and would be updated twice"),
    ("optim.SGD([], lr=0.1)", ValueError, "SGD got no parameters"),
    ("optim.SGD(net.parameters(), lr=-0.1)",
     ValueError, "lr=-0.1 must be a finite number, 0 or more"),
    ("optim.SGD(net.parameters(), lr='0.1')", TypeError, "lr='0.1' must be a number, got str"),
    ("optim.SGD(net.parameters(), 0.1, nesterov=True)",
     ValueError, "nesterov needs momentum above 0 and dampening 0"),
    ("optim.SGD(net.parameters(), 0.1, decay=1e-4)",
     TypeError, "got an unexpected keyword argument 'decay'"),
    ("optim.SGD([{'params': fc.parameters(), 'LR': 1}])",
     ValueError, "SGD has no option 'LR': it has ['dampening', 'lr',"),
    ("optim.SGD([{'lr': 1}])",
     TypeError, "a parameter group is a dict with the key 'params', got ['lr']"),
    ("optim.Adam(net.parameters(), betas=0.9)", TypeError, "must be two numbers, (0.9, 0.999)"),
    ("optim.Adam(net.parameters(), betas=(0.9, 1.0))",
     ValueError, "betas[1]=1.0 must be at least 0 and less than 1"),
    ("optim.RMSprop(net.parameters(), alpha=1.5)",
     ValueError, "alpha=1.5 must be a finite number from 0 to 1"),
    ("optimizer.add_param_group({'params': fc.parameters()})",
     ValueError, "params[0] (shape (3, 64)) is there twice and would be updated twice"),
    ("optimizer.step(criterion(logits, labels))",
     TypeError, "SGD.step takes a function that computes the loss, or nothing, got Tensor"),
    ("fc.bias.grad = np.ones(5, np.float32) ; optimizer.step()",
     ValueError, "has shape (5,): it must have the parameter's shape"),
    ("optimizer.param_groups[0]['lr'] = -1 ; optimizer.step()",
     ValueError, "lr=-1 must be a finite number, 0 or more"),
    ("net.double() ; optimizer.step()",
     RuntimeError, "is float64 on cpu, but its momentum_buffer is float32 on cpu"),
    ("optimizer.load_state_dict({})",
     TypeError, "a state dict is a dict with the keys 'state' and 'param_groups'"),
    ("optimizer.load_state_dict(net.state_dict())",
     TypeError, "a dict with the keys 'state' and 'param_groups' ... got ['0.weight',"),
    ("optimizer.load_state_dict(optim.Adam(net.parameters()).state_dict())",
     ValueError, "lacks ['dampening', 'momentum', 'nesterov']; was it saved by another kind"),
    ("optimizer.load_state_dict(optim.SGD([fc.bias]).state_dict())",
     ValueError, "group 0 has 1 parameters in the state dict, 6 in this optimiser"),
]

SCHEDULES = [
    ("lr_scheduler.StepLR(net, 3)", TypeError, "StepLR schedules an optimiser, got Sequential"),
    ("lr_scheduler.StepLR(optimizer, 0)", ValueError, "step_size=0 must be 1 or more"),
    ("lr_scheduler.MultiStepLR(optimizer, 3)", TypeError, "milestones=3 must be a list of ints"),
    ("lr_scheduler.ExponentialLR(optimizer, -1)", ValueError, "gamma=-1 must be a finite number"),
    ("lr_scheduler.CosineAnnealingLR(optimizer, 2.5)", TypeError, "T_max=2.5 must be an int"),
    ("lr_scheduler.LambdaLR(optimizer, 0.5)",
     TypeError, "lr_lambda=0.5 must be a function of the step"),
    ("lr_scheduler.OneCycleLR(optimizer, 0.1)",
     ValueError, "OneCycleLR needs total_steps, or both epochs and steps_per_epoch"),
    ("lr_scheduler.ReduceLROnPlateau(optimizer, 'low')",
     ValueError, "mode='low' must be 'min' or 'max'"),
    ("lr_scheduler.ReduceLROnPlateau(optimizer).step('bad')",
     TypeError, "takes the epoch's metric, a number or a Tensor with one entry, got 'bad'"),
    ("optimizer.param_groups[0]['lr'] = 0.5 ; scheduler.step()",
     RuntimeError, "finds 0.5: a schedule must be the only one to set it"),
    ("scheduler.load_state_dict({})",
     ValueError, "belongs to something else; missing: ['step_size', 'gamma', 'last_epoch'"),
]

FILES = [
    ("mc.save_weights('weights.npz', net)", TypeError, "must be a Module, got 'weights.npz'"),
    ("mc.save_weights(state, 'weights.npz')", TypeError, "the model must be a Module, got {"),
    ("mc.save_weights(net, 'weights.pt')", ValueError, "must end with '.npz' or '.safetensors'"),
    ("mc.save_weights(net, 'nowhere/weights.npz')",
     FileNotFoundError, "the folder ... nowhere does not exist"),
    ("mc.save_weights(net, 'folder.npz')",
     IsADirectoryError, "cannot write folder.npz: it is a folder"),
    ("mc.load_weights(net, 'missing.npz')", FileNotFoundError, "missing.npz"),
    ("mc.load_weights(net, 'other.npz')",
     ValueError, "other.npz does not fit the model ... missing in the state dict: '0.weight'"),
    ("fc = nn.Linear(2, 5) ; mc.load_weights(fc, 'other.npz')",
     ValueError, "'bias' has shape (2,), the model's has (5,)"),
    ("mc.load_weights(net, 'cut.npz')",
     ValueError, "cut.npz is not an intact .npz file"),
    ("mc.load_weights(net, 'text.npz')", ValueError, "text.npz is not an intact .npz file"),
    ("mc.load_weights(net, 'pickle.npz')",
     ValueError, "it holds pickled Python objects, which are never loaded"),
    ("mc.load_weights(net, 'run.npz')",
     ValueError, "unexpected, the model has no such entry: 'array0' ... 'minicnn checkpoint'"),
    ("mc.save_checkpoint(net, 'run.npz')",
     TypeError, "a checkpoint's first argument is its path, got Sequential"),
    ("mc.save_checkpoint('run.pt', net)",
     ValueError, "run.pt: the name of a checkpoint must end with '.npz'"),
    ("mc.save_checkpoint('run.npz', net.parameters())",
     TypeError, "model must have state_dict() and load_state_dict(), got generator"),
    ("mc.save_checkpoint('run.npz', net, best=[criterion])",
     TypeError, "['best'][0] is a CrossEntropyLoss; a checkpoint holds numbers, strings"),
    ("mc.load_checkpoint('missing.npz', net)", FileNotFoundError, "missing.npz"),
    ("mc.load_checkpoint('weights.npz', net)",
     ValueError, "weights.npz holds arrays, but is no checkpoint: mc.load_weights?"),
    ("mc.load_checkpoint('cutrun.npz', net)",
     ValueError, "cutrun.npz is not an intact .npz file"),
    ("fc = nn.Linear(2, 2) ; mc.load_checkpoint('run.npz', fc)",
     ValueError, "run.npz does not fit, nothing was loaded ... '0.weight'"),
    ("mc.load_checkpoint('run.npz', net, optim.Adam(net.parameters()))",
     ValueError, "nothing was loaded ... another kind of optimiser"),
    ("s = lr_scheduler.ExponentialLR(other, 1) ; mc.load_checkpoint('run.npz', net, optimizer, s)",
     ValueError, "nothing was loaded ... unexpected: ['step_size']"),
    ("mc.load_checkpoint('model.npz', net, optimizer)", ValueError, "no optimizer, only: model"),
]

CATALOGUE = {
    "making a layer": LAYERS, "calling a layer": INPUTS, "losses": LOSSES, "metrics": METRICS,
    "backward": BACKWARD,
    "modules": MODULES, "state dicts": STATES, "optimisers": OPTIMISERS, "schedules": SCHEDULES,
    "files": FILES,
}


class Forgetful(nn.Module):
    def __init__(self):
        self.relu = nn.ReLU()


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """The names that the lines use, in a folder of its own with the files that they use."""
    monkeypatch.chdir(tmp_path)
    mc.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3)
    )
    x, labels = mc.randn(8, 1, 6, 6), mc.tensor([0, 1, 2, 0, 1, 2, 0, 1])
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    scheduler = lr_scheduler.StepLR(optimizer, 3)
    criterion = nn.CrossEntropyLoss()
    train_a_step(net, x, labels, criterion, optimizer, scheduler)
    mc.save_weights(net, "weights.npz")
    mc.save_weights(nn.Linear(2, 2), "other.npz")
    mc.save_checkpoint("run.npz", net, optimizer, scheduler, epoch=1)
    mc.save_checkpoint("model.npz", net)
    for whole, cut in (("weights.npz", "cut.npz"), ("run.npz", "cutrun.npz")):
        pathlib.Path(cut).write_bytes(pathlib.Path(whole).read_bytes()[:700])
    pathlib.Path("text.npz").write_text("weights")
    np.savez("pickle.npz", **{"4.bias": np.array([{}], dtype=object)})
    os.mkdir("folder.npz")
    train_a_step(net, x, labels, criterion, optimizer, scheduler)  # on from what is in the files
    return {
        **globals(), "net": net, "fc": net[4], "x": x, "labels": labels,
        "logits": net(x), "onehot": F.one_hot(labels).to("float32"), "criterion": criterion,
        "optimizer": optimizer, "scheduler": scheduler,
        "state": {name: array + 1 for name, array in net.state_dict().items()},
        "other": optim.SGD([nn.Parameter([1.0])], lr=0.1),
    }


def train_a_step(net, x, labels, criterion, optimizer, scheduler):
    optimizer.zero_grad()
    criterion(net(x), labels).backward()
    optimizer.step()
    scheduler.step()


def everything(names):
    """What a refused line must not change, by name, in a form that compares bit for bit."""
    found = {}

    def note(name, value):
        if isinstance(value, dict):
            for key, part in value.items():
                note(f"{name}[{key!r}]", part)
        elif isinstance(value, np.ndarray):
            found[name] = (value.dtype, value.shape, value.tobytes())
        else:
            found[name] = repr(value)

    net = names["net"]
    note("net", repr(net))
    for path, tensor in [*net.named_parameters(), *net.named_buffers(), ("x", names["x"]),
                         ("labels", names["labels"])]:
        note(f"{path}.data", tensor.data)
        note(f"{path}.grad", tensor.grad)
        note(path, (id(tensor), type(tensor), tensor.requires_grad))
    for path, module in net.named_modules():
        note(f"{path}.training", module.training)
        note(f"{path} hooks", (module._forward_hooks, module._forward_pre_hooks))
    for name in ("optimizer", "scheduler", "other"):
        state = names[name].state_dict()
        note(name, {key: dict(enumerate(v)) if isinstance(v, list) else v
                    for key, v in state.items()})
    note("state", names["state"])
    note("random numbers", mc.random.get_state())
    note("gradients are on", mc.is_grad_enabled())
    note("kernel", mc.kernels._chosen)
    for file in sorted(pathlib.Path().rglob("*")):
        note(f"file {file}", file.read_bytes() if file.is_file() else None)
    return found


def differences(before, after):
    return sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))


@pytest.mark.parametrize(
    "line, error, words",
    [pytest.param(*row, id=f"{subject}: {row[0]}") for subject, rows in CATALOGUE.items()
     for row in rows],
)
def test_refused_and_nothing_changed(workplace, line, error, words):
    preparation, _, line = line.rpartition(" ; ")
    exec(preparation, workplace)
    before = everything(workplace)
    with pytest.raises(error) as caught:
        exec(line, workplace)
    assert type(caught.value) is error
    message = str(caught.value).replace("\n", " ")
    pattern = ".*".join(map(re.escape, words.split(" ... ")))
    assert re.search(pattern, message), f"{error.__name__}: {message}"
    assert len(message) < 700, "a message is not a dump of numbers"
    assert differences(before, everything(workplace)) == []


CHANGES = [
    ("fc.weight.data[0, 0] += 1", "4.weight.data"),
    ("fc.bias.grad[0] = -0.0", "4.bias.grad"),
    ("net[1].running_mean.data[:] = 0", "1.running_mean.data"),
    ("net[1].eval()", "1.training"),
    ("fc.bias.requires_grad = False", "4.bias"),
    ("fc.bias = nn.Parameter(fc.bias.data)", "4.bias"),
    ("net.append(nn.ReLU())", "net"),
    ("fc.register_forward_hook(print)", "4 hooks"),
    ("optimizer.state[fc.bias]['momentum_buffer'][0] += 1", "optimizer['state'][5]"),
    ("optimizer.param_groups[0]['lr'] = 0.2", "optimizer['param_groups'][0]['lr']"),
    ("scheduler.last_epoch += 1", "scheduler['last_epoch']"),
    ("mc.rand(1)", "random numbers"),
    ("pathlib.Path('run.npz').write_bytes(b'')", "file run.npz"),
    ("pathlib.Path('.weights.npz.part').write_bytes(b'')", "file .weights.npz.part"),
]


@pytest.mark.parametrize("line, name", CHANGES, ids=[line for line, _ in CHANGES])
def test_a_change_would_be_seen(workplace, line, name):
    before = everything(workplace)
    assert differences(before, everything(workplace)) == []
    exec(line, workplace)
    changed = differences(before, everything(workplace))
    assert any(found.startswith(name) for found in changed), changed
