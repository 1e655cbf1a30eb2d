"""A scenario played twice: by the engine, and by simulated people in the real app over HTTP and websockets.

``people`` draws the engine's citizens, ``place`` lays out the hall, ``server`` runs the app, ``floor``,
``clerk`` and ``citizens`` act in it, ``screens`` watch, ``comparison`` and ``order`` judge, ``report`` and
``page`` tell.
"""
