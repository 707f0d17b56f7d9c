/** What a kind of finding is about, whatever the data. */
export interface FindingKind {
  /** An error ends the step unless `--allow-findings` names the kind. */
  readonly severity: 'warning' | 'error'
  /** What is counted. */
  readonly counts: 'rows' | 'files' | 'names' | 'users' | 'days' | 'conversions'
  /** When it is found. */
  readonly means: string
  /** What it does to the answer. */
  readonly effect: string
  /** What to do. */
  readonly remedy: string
}

/** Everything that the program can notice about the data, each kind declared once; docs/data.md lists them. */
export const findingKinds = {
  'repeated-files': {
    severity: 'warning',
    counts: 'files',
    means: 'names in --input of files that it names already, also by a pattern or a link',
    effect: 'each file is read once',
    remedy: 'nothing, or name each file once with --input (INPUT)',
  },
  'files-without-rows': {
    severity: 'warning',
    counts: 'files',
    means: 'files of --input that hold no row',
    effect: 'nothing comes from them: where they were to hold rows, touches and conversions are missing',
    remedy: 'check what wrote them, or leave them out of --input (INPUT)',
  },
  'files-without-column': {
    severity: 'warning',
    counts: 'files',
    means:
      'files of --input that lack a column which others have; that of the user or the time always ends the step',
    effect: 'the column is NULL in all their rows: their touches, conversions or values are missing',
    remedy: 'name the columns alike in all files, or leave these out of --input (INPUT)',
  },
  'columns-of-several-types': {
    severity: 'warning',
    counts: 'files',
    means: 'Parquet files in which a column has another type than in the first one',
    effect: 'the column is read as text from all of them',
    remedy: 'nothing, if equal values are equal texts; else write the files with one type',
  },
  'padded-column-names': {
    severity: 'warning',
    counts: 'names',
    means: 'names of columns with blanks around them in files of --input',
    effect: 'the blanks are no part of the names',
    remedy: 'nothing, or write the names without blanks',
  },
  'unnamed-columns': {
    severity: 'warning',
    counts: 'names',
    means: 'columns without a name in CSV files of --input, such as the index that pandas writes',
    effect: 'these columns are not read',
    remedy: 'nothing, or write the files without them (pandas: index=False)',
  },
  'conversions-without-segment': {
    severity: 'warning',
    counts: 'conversions',
    means: 'credited conversions for which no row of the user up to then has a value in --segment-column',
    effect: 'they are the segment (none)',
    remedy: 'nothing, or fill --segment-column (SEGMENT_COLUMN) on the rows of conversions',
  },
  'many-segments': {
    severity: 'warning',
    counts: 'names',
    means: 'more than 20 values in --segment-column',
    effect: 'the 19 with the most conversions are kept apart, the others become the segment (other)',
    remedy: 'group the values in a view, such as countries into regions',
  },
  'rows-without-user': {
    severity: 'warning',
    counts: 'rows',
    means: 'rows whose user is NULL, empty or blank',
    effect: 'they are not read: nobody could be credited for them',
    remedy: 'check --user-column (USER_COLUMN), or leave the rows out of the table',
  },
  'rows-without-time': {
    severity: 'warning',
    counts: 'rows',
    means: 'rows whose time is NULL or empty',
    effect: 'they are not read: they belong to no day',
    remedy: 'check --time-column (TIME_COLUMN), or leave the rows out of the table',
  },
  'null-text-users': {
    severity: 'warning',
    counts: 'rows',
    means: 'rows whose user is a text that stands for NULL, such as `NULL` or `nan`',
    effect: 'they are not read: as one user they would be the busiest of all',
    remedy: 'export NULL as NULL; where the text is a real user, leave it out of --null-texts (NULL_TEXTS)',
  },
  'null-text-channels': {
    severity: 'warning',
    counts: 'rows',
    means: 'rows whose channel is a text that stands for NULL, such as `NULL` or `(null)`',
    effect: 'they are not touches; a conversion among them still counts',
    remedy:
      'export NULL as NULL; where the text is a real channel, leave it out of --null-texts (NULL_TEXTS)',
  },
  'impossible-times': {
    severity: 'warning',
    counts: 'rows',
    means:
      'rows before 1971 or later than a day from now, looked for in the whole table whatever the range; an error from 0.5 % of the rows on',
    effect: 'they are not read; many of them are a sign that the column holds another unit',
    remedy: 'check --time-column (TIME_COLUMN) and its unit, or leave the rows out of the table',
  },
  'rows-after-session': {
    severity: 'warning',
    counts: 'rows',
    means: 'rows later than a day after --session-time',
    effect: 'they are not read: a session knows nothing of what comes after it',
    remedy: 'set --session-time (SESSION_TIME) to the time up to which the table is complete, or --to (TO)',
  },
  'stray-rows': {
    severity: 'warning',
    counts: 'rows',
    means:
      'rows apart from all others: less than 0.5 % of them, beyond a gap of more than 30 days (or the lookback window, if that is longer) in which nobody has a row',
    effect: 'they are not read: every user would be at risk of converting through all the years between',
    remedy: 'correct the rows, or name the range that they are in with --from (FROM) and --to (TO)',
  },
  'days-without-rows': {
    severity: 'warning',
    counts: 'days',
    means:
      'a gap of more than 30 days (or the lookback window, if that is longer) in which nobody has a row, with many rows on both sides',
    effect: 'the days count as days on which nobody converted, which raises the credit of channels',
    remedy: 'fill the gap, or export one side of it with --from (FROM) and --to (TO)',
  },
  'duplicate-rows': {
    severity: 'warning',
    counts: 'rows',
    means: 'rows that are equal in user, second, channel, conversion, value and conversion id',
    effect: 'they count once: a feed that delivers rows again would double touches and revenue',
    remedy:
      'nothing if the feed delivers rows more than once; else give times to the second, or conversion ids',
  },
  'merged-conversions': {
    severity: 'warning',
    counts: 'rows',
    means: 'conversion rows of one user in one second, of which further ones count as the same conversion',
    effect: 'there are fewer conversions than conversion rows; their values are added up',
    remedy:
      'where these are conversions of their own, name their ids with --conversion-id-column (CONVERSION_ID_COLUMN), or give times to the second',
  },
  'repeated-conversion-ids': {
    severity: 'warning',
    counts: 'rows',
    means: 'rows that carry the id of a conversion which a later row of the same user carries, too',
    effect: 'they are touches; the conversion counts once, at the time and with the value of its last row',
    remedy: 'nothing, if each id is one conversion',
  },
  'ids-of-several-users': {
    severity: 'error',
    counts: 'conversions',
    means: 'ids of conversions that several users have',
    effect: 'such a conversion counts once for each of these users',
    remedy: 'check --conversion-id-column (CONVERSION_ID_COLUMN), and that one person has one user id',
  },
  'date-only-times': {
    severity: 'warning',
    counts: 'rows',
    means: 'all rows have the same time of day',
    effect:
      'what came first within a day is unknown: touches count for the conversion of their day even if they came after it',
    remedy: 'name a column with the time of day with --time-column (TIME_COLUMN), if there is one',
  },
  'zoneless-times': {
    severity: 'warning',
    counts: 'rows',
    means: 'dates and times that name no zone, while --time-zone is not UTC',
    effect:
      'they are read as UTC: if they are local times, the days of --time-zone begin hours too early or too late',
    remedy: 'say which zone they are in with --input-time-zone (INPUT_TIME_ZONE), UTC included',
  },
  'similar-channels': {
    severity: 'warning',
    counts: 'names',
    means:
      'channels of the touchpoints that differ only in case, blanks, or the width or Unicode form of letters',
    effect: 'they are credited as different channels, each with a part of the touches',
    remedy: 'write each channel in one way',
  },
  'reserved-channels': {
    severity: 'error',
    counts: 'names',
    means:
      'channels called `(baseline)`, `(start)`, `(conversion)` or `(null)`, as rows of the output tables are',
    effect: 'whoever adds up the tables would take one for the other',
    remedy: 'give the channels other names',
  },
  'channel-called-other': {
    severity: 'warning',
    counts: 'rows',
    means: 'rows of a channel called `(other)`, while there are more channels than --max-channels',
    effect: 'they are credited together with the channels that are not kept apart, which have the same name',
    remedy: 'give the channel another name, or raise --max-channels (MAX_CHANNELS)',
  },
  'rules-without-channel': {
    severity: 'error',
    counts: 'rows',
    means: 'rules of --channel-table whose channel is NULL, empty or a text that stands for NULL',
    effect: 'touches that they match would be left out, and what they caused would go to others',
    remedy: 'write the channel, or `ignore` where touches are to be left out',
  },
  'unused-channel-rules': {
    severity: 'warning',
    counts: 'rows',
    means:
      'rules of --channel-table that no touch is renamed by: no channel matches, or former rules take them all',
    effect: 'they do nothing; a channel that one was meant for keeps its name, or has another one',
    remedy:
      'write patterns as channels are written in the touchpoints, special ones before general ones, or leave them out',
  },
  'overlapping-channel-rules': {
    severity: 'warning',
    counts: 'rows',
    means:
      'rules of --channel-table that share some channels, but not all, with a former rule that gives another name',
    effect: 'the former one counts for these channels, as the order has it',
    remedy:
      'nothing, if that is meant; else put the other one first, or a rule for these channels before both',
  },
  'chained-channel-rules': {
    severity: 'warning',
    counts: 'names',
    means: 'channels of the touchpoints that one rule of --channel-table gives and another one renames',
    effect: 'rules are applied once: touches with that name lose it, while others get it',
    remedy:
      'let all of them have the name that is meant, with a rule such as search, search before the general one',
  },
  'channels-without-rule': {
    severity: 'warning',
    counts: 'names',
    means: 'channels that no rule of --channel-table names',
    effect: 'they keep their names',
    remedy:
      'nothing, if they are channels as they are; else add rules, the last of which may be for * (all others)',
  },
  'changed-channel-rules': {
    severity: 'warning',
    counts: 'names',
    means:
      'channels of the touchpoints that --channel-table names otherwise than when the model of --model-from was learned',
    effect: 'they are credited by what another mixture of touches did then',
    remedy: 'learn again with the rules of now',
  },
  'campaigns-without-channel': {
    severity: 'warning',
    counts: 'rows',
    means: 'rows with a campaign in --campaign-column and no channel',
    effect: 'they are not touches: their campaigns get no credit for them',
    remedy: 'write the channel on the rows, or check --action-column (ACTION_COLUMN)',
  },
  'similar-campaigns': {
    severity: 'warning',
    counts: 'names',
    means:
      'campaigns of one channel that differ only in case, blanks, or the width or Unicode form of letters',
    effect: 'they are credited as different campaigns, each with a part of the touches',
    remedy: 'write each campaign in one way',
  },
  'many-campaigns': {
    severity: 'warning',
    counts: 'names',
    means: 'more campaigns than are kept apart: 1,000 in all channels together, the most touched first',
    effect:
      'the others of each channel are credited as one campaign, `(other)`; channels are credited as ever',
    remedy:
      'give --campaign-column (CAMPAIGN_COLUMN) a column with fewer names, such as the campaign without its ad',
  },
  'campaigns-without-touches': {
    severity: 'warning',
    counts: 'names',
    means: 'campaigns of the spend table that no touchpoint of their channel has',
    effect: 'they brought nothing for their money, in the table performance',
    remedy: 'write campaigns in the spend table as in the touchpoints',
  },
  'spend-without-touches': {
    severity: 'warning',
    counts: 'names',
    means: 'channels of the spend table that no touchpoint has',
    effect: 'what was spent for them brought nothing, as far as the data tell',
    remedy: 'write channels in the spend table as in the touchpoints',
  },
  'touches-without-spend': {
    severity: 'warning',
    counts: 'names',
    means: 'channels of the touchpoints that the spend table lacks',
    effect: 'they count as free of charge',
    remedy: 'nothing, where they are; else write channels in the spend table as in the touchpoints',
  },
  'spend-without-time': {
    severity: 'warning',
    counts: 'names',
    means: 'the spend table has no column time, while --credit-from leaves some days out',
    effect: 'the whole table counts as spent on the credited conversions, and again in every later run',
    remedy:
      'add a column time with the day of the spend, or keep only the spend of the credited days in the table',
  },
  'days-without-spend': {
    severity: 'warning',
    counts: 'days',
    means:
      'the credited days are not in the spend table, though earlier days of the time that is learned from are',
    effect: 'all channels count as free of charge',
    remedy: 'nothing, if nothing was spent; else fill the spend table and run the session again',
  },
  'unknown-direct-channels': {
    severity: 'warning',
    counts: 'names',
    means: 'names in --direct-channels that no channel of the touchpoints has',
    effect: 'last_non_direct passes over no touch for them',
    remedy: 'write them as in the touchpoints in --direct-channels (DIRECT_CHANNELS)',
  },
  'users-without-number': {
    severity: 'warning',
    counts: 'users',
    means: 'users of the touchpoints that --user-table lacks',
    effect: 'a hash of the user decides in which shard they are, not the table',
    remedy:
      'make the table of the same touchpoints, with users written alike, for example by digdag/queries/user_rnd.sql',
  },
  'heavy-users': {
    severity: 'warning',
    counts: 'users',
    means: 'users with more than 1 % of all rows and more than 100 times as many as 99.9 % of the users have',
    effect:
      'each is probably a bot, a test account or a text that stands for NULL, not a person; its rows are read',
    remedy: 'leave the rows out of the table, or add the name to --null-texts (NULL_TEXTS)',
  },
  'conversions-without-credit': {
    severity: 'warning',
    counts: 'conversions',
    means:
      'credited conversions whose channels have no positive credit in total, in data in which the channels share all of them',
    effect: 'their rows are NULL, so that they are missing in sums over several runs',
    remedy: 'credit more days at once, with an earlier --credit-from (CREDIT_FROM)',
  },
  'nothing-to-credit': {
    severity: 'warning',
    counts: 'days',
    means: 'nobody converted from --credit-from on',
    effect: 'models are fitted, but there are no shares',
    remedy:
      'nothing, if there were none; else check whether the last days are complete, and --credit-from (CREDIT_FROM)',
  },
  'large-conversion-counts': {
    severity: 'warning',
    counts: 'rows',
    means: 'rows with 100 or more conversions, where --conversion-counts says the column holds counts',
    effect: 'each counts as that many conversions of one user in one second, on which the answer may depend',
    remedy:
      'check that --conversion-column (CONVERSION_COLUMN) holds conversions of the row, not amounts or totals',
  },
  'conversions-on-touches': {
    severity: 'warning',
    counts: 'conversions',
    means: 'every conversion lies on a row with a channel',
    effect:
      'the conversion rate without a touch is unknown, so there are shares of the channels but no baseline',
    remedy: 'add conversions without a touch as rows whose channel is empty, if there are any',
  },
  'few-conversions': {
    severity: 'warning',
    counts: 'conversions',
    means: 'fewer conversions than the BiLSTM needs to learn anything from; found by `doctor`',
    effect: 'the BiLSTM will probably learn nothing, and the stacked model is the hazard model alone',
    remedy:
      'learn from more days: an earlier --from (FROM), with --credit-from (CREDIT_FROM) for those to credit',
  },
  'no-model-learned': {
    severity: 'warning',
    counts: 'conversions',
    means:
      'the model of --model, or each of the two that --model stacked mixes, learned nothing from the conversions',
    effect: 'the credit goes to the baseline, or to channels by chance: shares are NULL or mean nothing',
    remedy:
      'learn from more days with an earlier --from (FROM), or by --model (MODEL) stacked; check that channels and conversions are of the same users',
  },
  'few-evaluations': {
    severity: 'warning',
    counts: 'conversions',
    means:
      "conversions whose credit by the BiLSTM is estimated from so few evaluations that a cell's standard error is more than a tenth of what other users would change of it",
    effect:
      'credits of single cells are less sure than the data would let them be (`standard_error` in `attribution`)',
    remedy: 'give more --evaluations (EVALUATIONS)',
  },
  'association-without-effect': {
    severity: 'warning',
    counts: 'conversions',
    means:
      "people convert more often before touches of a channel, which can't have caused that: something else, such as an intention to buy, leads to both (the table `confounding`)",
    effect:
      'the channel gets credit for conversions that would have come anyway; the rows `hazard_adjusted` of `attribution` take it off',
    remedy:
      'read `hazard_adjusted` beside the other methods, and test the channel by an experiment; where the touches are messages that follow an order, such as notices of delivery, leave these rows out',
  },
  'experiments-without-touches': {
    severity: 'warning',
    counts: 'names',
    means: 'channels of the experiments table that no touchpoint has',
    effect: 'these experiments correct nothing',
    remedy:
      'write channels in the experiments table as in the touchpoints, several that were tested together with + between',
  },
  'placebos-without-touches': {
    severity: 'warning',
    counts: 'names',
    means: 'channels of --placebo-channels that no touchpoint has',
    effect: 'the answer says nothing of them, and no credit is taken off them',
    remedy: 'write channels in --placebo-channels (PLACEBO_CHANNELS) as in the touchpoints',
  },
  'experiments-outside-data': {
    severity: 'warning',
    counts: 'rows',
    means: 'experiments on days that are not all in the data that the model is learned from',
    effect: "they can't be compared with the model, and correct nothing",
    remedy:
      'learn from the days of the experiment, too, with an earlier --from (FROM), or take an old row out of the table',
  },
  'contradicting-experiments': {
    severity: 'warning',
    counts: 'rows',
    means: 'experiments on one channel that differ by more than their standard errors explain (1 % level)',
    effect: 'their mean counts, with an error as wide as they differ',
    remedy:
      'check conversions, days and standard errors in the experiments table; the channel may have changed between them',
  },
  'experiment-above-conversions': {
    severity: 'warning',
    counts: 'conversions',
    means: 'an experiment found more conversions by a channel than have a touch of it in the lookback window',
    effect: 'the channel gets nearly all that it touched, and still less than the experiment found',
    remedy:
      'check whether all touches of the channel are in the data, a longer --lookback-window-days (LOOKBACK_WINDOW), and whether the experiment counts the same conversions',
  },
  'after-conversion': {
    severity: 'warning',
    counts: 'conversions',
    means:
      'touches do otherwise after a conversion than --after-conversion says: they go on working, or no longer do',
    effect:
      'where they go on working and count as used up, the baseline gets repeat purchases that they led to; the other way round, touches get a few that they did not lead to',
    remedy: 'export again with the other --after-conversion (AFTER_CONVERSION)',
  },
  'empty-path-touches': {
    severity: 'warning',
    counts: 'rows',
    means: 'paths of --paths with nothing between two separators, before the first, or after the last',
    effect: 'an empty place is not a touch: the path is read without it',
    remedy: 'nothing, if no channel is missing; else name the channel in the paths',
  },
  'paths-never-taken': {
    severity: 'warning',
    counts: 'rows',
    means: 'paths of --paths that have neither conversions nor nulls',
    effect: 'they count for nothing',
    remedy: 'nothing, or add a column nulls with how often each path led to no conversion',
  },
  'paths-without-null-paths': {
    severity: 'warning',
    counts: 'conversions',
    means: 'paths of --paths that all lead to conversions: none is known that led to none',
    effect:
      'Markov chains know no end but the conversion, so that their removal effects are larger and more alike',
    remedy: 'add a column nulls with how often each path led to no conversion',
  },
  'channels-unknown-to-model': {
    severity: 'warning',
    counts: 'names',
    means: 'channels that the model of --model-from has never seen',
    effect:
      'they count as `(other)`; if the model has no `(other)`, their rows do not count as touches, not even for the rules of thumb, and what they caused goes to the baseline and other channels',
    remedy: 'train again on data with these channels',
  },
  'distant-model': {
    severity: 'warning',
    counts: 'days',
    means: 'more than 35 days between the session that learned the model of --model-from and this one',
    effect: 'channels are credited by what they did then, not by what they do now',
    remedy: 'learn again, or name the data directory of a nearer run with --model-from (MODEL_FROM)',
  },
  'changed-touchpoints': {
    severity: 'warning',
    counts: 'conversions',
    means: 'more or fewer conversions in the touchpoints than the export read',
    effect: 'the rules of thumb and the models speak of different conversions',
    remedy: 'export again, to compare like with like',
  },
} as const satisfies Record<string, FindingKind>

export type FindingCode = keyof typeof findingKinds
