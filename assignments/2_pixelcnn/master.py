# %% about
# title = "Assignment 2: PixelCNN"
# minutes = 120
# chapters = ["sequences/pixelcnn"]

# %% picture
# Which pixels a PixelCNN's output has seen: the more paths lead to it, the darker. Nothing is seen from the pixel on,
# and a wedge above on the right stays out of sight.
import torch

from lecturelib import figures
from lecturelib.autoregressive import PixelCNN

model = PixelCNN(1, 2, hidden_channels=1, num_layers=4, head_channels=1).double()
for name, parameter in model.named_parameters():
    parameter.data.fill_(0.0 if name.endswith("bias") else 1.0)
x = torch.ones(1, 1, 9, 15, dtype=torch.float64, requires_grad=True)
model.network(x).sum(dim=1)[0, 0, 8, 6].backward()
figures.receptive_field(x.grad[0, 0], 8, 6)

# %% [markdown]
# A PixelCNN computes all conditionals $p(x_i \mid x_{<i})$ of a picture in one pass of a convolutional network. It may,
# because masks keep each output from looking at pixels to come. You will make the masks, apply them, score pictures,
# and draw pictures without running the network again for every pixel.

# %%
import torch
from torch.nn import functional as F

# %% [markdown]
# ## 2a. Masks in raster order
#
# A kernel of odd `size` looks at a square around a pixel. In raster order, the pixels before the centre are the rows
# above and, in its own row, those to the left. Mask A shuts out the centre, too; it is for the first layer, which sees
# the picture itself. Mask B lets the centre in.


# %%
def raster_mask(size, kind):
    """Return the mask [size, size] of zeros and ones; kind is "A" or "B"."""
    # BEGIN SOLUTION
    allowed = {"A": 0, "B": 1}[kind]
    order = torch.arange(size * size).reshape(size, size)
    return (order < size * size // 2 + allowed).float()
    # END SOLUTION


# %% checked 2a
{"A": raster_mask(5, "A"), "B": raster_mask(5, "B")}

# %% check 2a

# %% [markdown]
# ## 2b. Masks for colours
#
# In a colour picture the channels of a pixel are drawn one after the other: R, then G given R, then B given both. So
# feature maps belong to channels, too: of $n$ maps, which 3 divides, the first $n/3$ belong to R, the next to G, the
# last to B. Away from the centre the mask is that of 2a. At the centre, a map that belongs to G sees
#
# - with mask A the maps of R,
# - with mask B the maps of R and of G,
#
# and likewise for the others.


# %%
def colour_mask(out_features, in_features, size, kind):
    """Return the mask [out_features, in_features, size, size] of a convolution in a PixelCNN over R, G and B."""
    # BEGIN SOLUTION
    mask = torch.zeros(out_features, in_features, size, size)
    centre = size // 2
    mask[:, :, :centre] = 1
    mask[:, :, centre, :centre] = 1
    target = torch.arange(out_features)[:, None] // (out_features // 3)
    source = torch.arange(in_features)[None, :] // (in_features // 3)
    seen = source < target if kind == "A" else source <= target
    mask[:, :, centre, centre] = seen.float()
    return mask
    # END SOLUTION


# %% checked 2b
{"A": colour_mask(6, 3, 3, "A"), "B": colour_mask(6, 6, 3, "B")}

# %% check 2b

# %% [markdown]
# ## 2c. A masked convolution
#
# Convolve with the weights that the mask leaves, with zeros around the picture, so that height and width stay.


# %%
def masked_convolution(x, weight, bias, mask):
    """Return [batch, out, height, width]; x: [batch, in, height, width], weight and mask: [out, in, size, size]."""
    # BEGIN SOLUTION
    reach = weight.shape[-1] // 2
    return F.conv2d(x, weight * mask, bias, padding=reach)
    # END SOLUTION


# %% checked 2c
made = torch.Generator().manual_seed(3)
x, weight = torch.randn(2, 3, 5, 4, generator=made), torch.randn(6, 3, 3, 3, generator=made)
bias, mask = torch.randn(6, generator=made), torch.randint(2, (6, 3, 3, 3), generator=made).float()
{"x": x, "weight": weight, "bias": bias, "mask": mask, "out": masked_convolution(x, weight, bias, mask)}

# %% check 2c

# %% [markdown]
# ## 2d. Log-likelihood of a picture
#
# For pixels with several levels the network gives a score for each level, pixel and channel. Return
# $\log p(x) = \sum \log \operatorname{softmax}$ of the level that is there, in nats, summed over pixels and channels.


# %%
def image_log_prob(scores, x):
    """Return [batch]; scores: [batch, levels, channels, height, width], x: integers [batch, channels, ...]."""
    # BEGIN SOLUTION
    log_p = scores.log_softmax(dim=1)
    picked = log_p.gather(1, x.unsqueeze(1)).squeeze(1)
    return picked.flatten(1).sum(dim=1)
    # END SOLUTION


# %% checked 2d
made = torch.Generator().manual_seed(4)
scores, x = torch.randn(2, 4, 3, 2, 3, generator=made), torch.randint(4, (2, 3, 2, 3), generator=made)
{"scores": scores, "x": x, "nats": image_log_prob(scores, x)}

# %% check 2d

# %% [markdown]
# ## 2e. Draw, and remember
#
# A small PixelCNN over black and white pictures is a list of layers `(weight, bias, kind)`. Each is a convolution with
# the mask of 2a, broadcast over the feature maps; between the layers stands a ReLU, and the last gives one logit for
# each pixel. Draw pictures in raster order: $x_i = 1$ where $u_i < \sigma(\ell_i)$.
#
# Running the whole network for every pixel costs as many passes as there are pixels. But what a layer computed at
# earlier pixels never changes. Keep the inputs of every layer, and compute each layer at the new pixel only. Pictures
# of 32 x 32 pixels with 96 feature maps must be drawn in less than ten seconds.


# %%
def sample_images(layers, u):
    """Return pictures [n, 1, height, width] of zeros and ones, decided by the uniforms u of that shape."""
    # BEGIN SOLUTION
    n, _, height, width = u.shape
    x, inputs, masked = torch.zeros_like(u), [], []
    for weight, _, kind in layers:
        size = weight.shape[-1]
        order = torch.arange(size * size).reshape(size, size)
        masked.append((weight * (order < size * size // 2 + (kind == "B"))).flatten(1).T.contiguous())
        inputs.append(torch.zeros(n, weight.shape[1], height + size - 1, width + size - 1))
    for row in range(height):
        for column in range(width):
            h = x[:, :, row, column]
            for (weight, bias, _), seen, w in zip(layers, inputs, masked):
                size = weight.shape[-1]
                seen[:, :, row + size // 2, column + size // 2] = h
                window = seen[:, :, row : row + size, column : column + size]
                logit = window.flatten(1) @ w + bias
                h = logit.relu()
            x[:, :, row, column] = (u[:, :, row, column] < logit.sigmoid()).float()
            reach = layers[0][0].shape[-1] // 2
            inputs[0][:, :, row + reach, column + reach] = x[:, :, row, column]
    return x
    # END SOLUTION


# %% checked 2e
made = torch.Generator().manual_seed(5)
first, second = 2 * torch.randn(4, 1, 5, 5, generator=made), torch.randn(1, 4, 3, 3, generator=made)
b1, b2 = torch.randn(4, generator=made), torch.randn(1, generator=made)
u = torch.rand(2, 1, 4, 6, generator=made)
drawn = sample_images([(first, b1, "A"), (second, b2, "B")], u)
{"first": first, "b1": b1, "second": second, "b2": b2, "u": u, "drawn": drawn}

# %% check 2e

# %% [markdown]
# Train a small one on digits of 14 x 14 pixels, and look at what it draws.

# %% try
import matplotlib.pyplot as plt

from lecturelib.datasets import load

digits = (load("mnist-5k").train.x[:, :, ::2, ::2] > 0.5).float()
kinds, widths, sizes = "ABB", [1, 16, 16, 1], [7, 5, 5]
torch.manual_seed(0)
layers = [torch.nn.Conv2d(a, b, k) for a, b, k in zip(widths, widths[1:], sizes)]
optimizer = torch.optim.Adam([p for layer in layers for p in layer.parameters()], lr=3e-3)


def network(x):
    for layer, kind in zip(layers, kinds):
        mask = raster_mask(layer.weight.shape[-1], kind).expand_as(layer.weight)
        x = masked_convolution(x, layer.weight, layer.bias, mask)
        x = x if layer is layers[-1] else torch.relu(x)
    return x


for step in range(401):
    x = digits[torch.randint(len(digits), (64,))]
    loss = F.binary_cross_entropy_with_logits(network(x), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step}: {loss.item() / 0.6931:.3f} bits per pixel")
with torch.no_grad():
    drawn = sample_images([(m.weight, m.bias, kind) for m, kind in zip(layers, kinds)], torch.rand(8, 1, 14, 14))
plt.imshow(torch.cat(list(drawn[:, 0]), dim=1), cmap="gray")
plt.axis("off")
plt.show()

# %% [markdown]
# ## Open questions
#
# Answer each in three to five sentences, in this cell. They are graded by hand, two points each.
#
# 1. With 3 x 3 kernels and masks as in 2a, some pixels above and to the right of a pixel never reach its output,
#    however many layers there are. Which ones, and why?
# 2. Why does the first layer need mask A, and why would mask A in all layers do harm?

# %% [markdown] rubric
# 1. One point: the blind spot, pixels to the right that lie in the rows above outside a slope of one column a row.
#    One point: each layer reaches one column further right only by going one row up.
# 2. One point: with mask B in the first layer the output at a pixel sees the pixel itself, which it has to predict.
#    One point: further layers read features, which may use the features at the same place; mask A there would lose
#    what was computed for this very pixel (and for colours, G would never see R).
