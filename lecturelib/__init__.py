"""Reference implementations for the book *Sequences and Self-Supervision*: one paper, one file.

::

    autoregressive/  fvsbn nade pixelcnn ... order_agnostic     one paper, one file; each imports torch and the
    recurrent/       rnn lstm char_rnn handwriting              helpers below, and can be read beside its paper
    words/           vocabulary ngram neural_lm word2vec/ masked_lm transformer evaluation tasks translation
    pretext/         inpainting relative_patch jigsaw rotation exemplar
    contrastive/     simclr cpc
    augment/         distortions of images       backbones/  resnet vgg ...      checks sampling progress  helpers
    datasets/        load(name): registry, cache, checks, tensors; one file per kind of data
    training/        the one training loop       probing     linear evaluation of frozen features
    recipes/         a paper's number and the run that reproduces it; a file is named after its model
    experiments/     a claim put to the test: many trainings, one table
    figures/         the lecture's pictures (matplotlib)        explorers/  what needs a kernel (ipywidgets)
    demos/           what runs in the reader's browser; web/ holds its scripts    quiz/  questions to test oneself
    homework/        check (student), build (author), grade (instructor); sandbox/ faces hostile code
    chapter          what every chapter calls    notebooks   execute and check chapters
    editions         the site as one file, slides, PDF, ePub

Things flow one way, ``model -> recipe -> results -> chapter``: only recipes and experiments bring model, data and
training together; results, stored weights, demos and chapters come from them. A test holds the imports to this.
"""

__version__ = "0.2.0.dev0"
