"""A node answers as its description says, whatever a client makes of that description."""

import unittest

from clustertest import Cluster
from openapitest import OpenApiTest


class OpenApi(OpenApiTest):
    hooks = "cluster_openapi_hooks"

    def test_every_answer_is_as_described(self):
        node = Cluster(self, size=1).wait_for_leader()
        # Drawn changes of the members would leave the only node alone among members that are not there.
        excluded = {"change_members": 204, "remove_member": 204, "transfer": 204}
        flags = [word for name in excluded for word in ("--exclude-operation-id", name)]
        not_tried = {f"{name} {status}" for name, status in excluded.items()}
        status, said = self.run_schemathesis(node, *flags)
        self.assertEqual(status, 0, said)
        self.assert_all_successes_were_seen(node, least=13, not_tried=not_tried)


if __name__ == "__main__":
    unittest.main()
