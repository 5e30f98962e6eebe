/** What the gateway alone counts. */
export const GATEWAY_METRICS = {
  tokenvault_gateway_requests_total: {
    kind: 'counter',
    process: 'gateway',
    labels: ['route', 'status', 'reason'],
    help: 'Requests answered by the gateway, by path, HTTP status and reason.',
  },
  tokenvault_gateway_request_seconds: {
    kind: 'histogram',
    process: 'gateway',
    labels: ['route'],
    help: 'Time from the head of a request to the end of its answer, seconds.',
  },
  tokenvault_gateway_rate_limited_total: {
    kind: 'counter',
    process: 'gateway',
    labels: ['limit'],
    help: 'Codes that the gateway did not take because there were too many, by the limit that was reached: address, session.',
  },
  tokenvault_gateway_logins_total: {
    kind: 'counter',
    process: 'gateway',
    labels: ['outcome'],
    help: 'Login tokens that came with codes: ok, or why they were refused.',
  },
} as const;
