"""Side constraints: relaxed skill, quotas, shares of hard cases and learning quotas, inside the exact flow."""
