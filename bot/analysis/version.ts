/**
 * Of what makes verdicts: raised when the same patch on the same base may come to be judged in another way. Stored with every
 * review, so that what an earlier one said can be told from what this one says.
 */
export const analyzerVersion = '1';
