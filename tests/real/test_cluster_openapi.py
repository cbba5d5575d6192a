"""A node answers as its description says, whatever a client makes of that description."""

import unittest

from clustertest import Cluster
from openapitest import OpenApiTest


class OpenApi(OpenApiTest):
    hooks = "cluster_openapi_hooks"

    def test_every_answer_is_as_described(self):
        node = Cluster(self, size=1).wait_for_leader()
        flags = []
        not_tried = set()
        if node.ask("POST", "/sessions")[0] == 400:  # a core without sessions and changes of members
            for operation in ("open_session", "change_members", "remove_member", "transfer"):
                flags += ["--exclude-operation-id", operation]
                not_tried.add(f"{operation} {201 if operation == 'open_session' else 204}")
        status, said = self.run_schemathesis(node, *flags)
        self.assertEqual(status, 0, said)
        self.assert_all_successes_were_seen(node, least=13, not_tried=not_tried)


if __name__ == "__main__":
    unittest.main()
