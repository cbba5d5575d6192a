"""The broker answers as its description says, whatever a client makes of that description."""

import unittest

from openapitest import OpenApiTest


class OpenApi(OpenApiTest):
    hooks = "openapi_hooks"

    def test_every_answer_is_as_described(self):
        broker = self.broker()
        status, said = self.run_schemathesis(broker)
        self.assertEqual(status, 0, said)
        self.assert_all_successes_were_seen(broker, least=16)


if __name__ == "__main__":
    unittest.main()
