import { type Checker, type Done, doneOf, factsOf, named } from './checker.ts';

/**
 * Claims: the whole fleet writes a code to Google once. A second time is allowed only after Google
 * refused the client's secret, and with another secret.
 */
export const codeIsSentOnce: Checker = {
  name: 'I8 a code is sent once',
  broken(history) {
    const refusals = factsOf(history, 'client-refused');
    const byCode = Map.groupBy(factsOf(history, 'code-sent'), ({ code }) => code);
    return [...byCode].flatMap(([code, sent]) => {
      const [first, second, ...more] = sent;
      if (first === undefined || second === undefined) return [];
      const refused = refusals.some(
        (refusal) =>
          refusal.code === code &&
          refusal.secret === first.secret &&
          refusal.order > first.order &&
          refusal.order < second.order,
      );
      if (refused && second.secret !== first.secret && more.length === 0) return [];
      return [`${code} was sent ${sent.length} times`];
    });
  },
};

/**
 * Claims: only repeats of one and the same request are answered OK for a code, all with the same
 * answer, which is about the code's own user and the scopes that Google gave.
 */
export const repeatsAgree: Checker = {
  name: 'I8 repeats are answered alike',
  broken(history) {
    const byCode = Map.groupBy(doneOf(history, 'exchange'), ({ call }) => call.code);
    const text = ({ call, answer }: Done<'exchange'>) =>
      JSON.stringify([call.request, answer.user, answer.scopes, answer.kept]);
    return [...byCode.values()].flatMap((exchanges) => {
      const [first] = exchanges;
      return exchanges.flatMap((exchange) => [
        ...(first !== undefined && text(exchange) !== text(first)
          ? [
              `${named(exchange)} and ${named(first)} of one code were answered ${text(exchange)} and ${text(first)}`,
            ]
          : []),
        ...(exchange.answer.user === exchange.call.user
          ? []
          : [`${named(exchange)} was answered about another user`]),
      ]);
    });
  },
};
