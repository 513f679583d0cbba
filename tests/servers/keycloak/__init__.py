"""A Keycloak of the suite's own: an identity provider as banks run one."""

from servers.keycloak.distribution import DistributionUnavailable, keycloak_folder
from servers.keycloak.server import Keycloak

__all__ = ["DistributionUnavailable", "Keycloak", "keycloak_folder"]
