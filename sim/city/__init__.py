"""A day in a whole city: citizens choose a hall by a rule, travel, wait and are served.

``model`` describes city and citizens, ``loop`` plays the day with the engine's own floor and call
order, ``hindsight`` improves an assignment knowing everything, ``study`` compares the rules.
"""
