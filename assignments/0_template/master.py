# %% about
# title = "A title that says what is built"
# minutes = 90
# chapters = ["sequences/fvsbn"]

# %% [markdown]
# Say what the assignment is about, and in which notation.

# %%
import torch

# %% [markdown]
# ## 0a. One function
#
# State the equation and the shapes. A part's function takes all that it needs as arguments, so that a wrong part does
# not sink the next.


# %%
def centred(x):
    """Return x [batch, D] with the mean of each column taken off."""
    # BEGIN SOLUTION
    mean_of_columns = x.mean(dim=0)
    return x - mean_of_columns
    # END SOLUTION


# %% checked 0a
x = torch.arange(6.0).reshape(3, 2) ** 2
{"x": x, "centred": centred(x)}

# %% check 0a

# %% try
print(centred(torch.rand(4, 3)))

# %% [markdown]
# ## Open questions
#
# 1. Ask for a reason, not for a number.

# %% [markdown] rubric
# 1. Say what earns each point.
