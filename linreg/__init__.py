"""Linear regression, small enough to be read in one sitting.

Read the modules in this order; each imports only earlier ones:

1. `checks`: what every function asks of its input, and what its errors say.
2. `data`: make the lesson's data and split it.
3. `scaling`: standardize, and take the weights back to the data's own units.
4. `scratch`: predict, measure, differentiate, train. NumPy only.
5. `regularization`: the same loss with a price on large weights.
6. `torch_model`: the same model again, in PyTorch.
7. `closed_form`: the best weights at once, without steps.
8. `uncertainty`: how far to trust them.
9. `through_origin`: a line without a bias.
10. `hypotheses`: is a weight zero, are several, and what if there are many tests?
11. `weighting`: noise of unequal size, and wild points.
12. `convergence`: which learning rates work, and how fast.
13. `estimator`: the model from scratch, as scikit-learn expects one.
14. `mini_batches`: a step after every few rows.
15. `streaming`: least squares from more rows than fit in memory.
16. `distributed`: the same training on several processes; a program of its own.
17. `costs`: how time and traffic grow.
"""
