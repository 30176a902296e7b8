"""What turns the checkout into a stack on AWS: packaging, the template, its checks, deployment.

Nothing of it runs in Lambda.
"""
