// Made by generate.mjs. Do not edit.
/** The text of an operation, with the types of its variables and its answer. */
export type Document<Data, Variables extends Record<string, unknown>> = string & { readonly of?: (variables: Variables) => Data }

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** An identifier by type and value. */
export type IdentifierInput = {
  /** One of the identifier types: user_id, email, phone, anonymous_id, device_id, advertising_id, record, or a type of one's own. */
  type: string;
  /** The value; the server normalises it. */
  value: string;
};

/** What an identifier is good for. */
export type IdentifierStatus =
  /** Stands for one person. */
  | 'ACTIVE'
  /** Used by too many: joins nobody and is a customer of its own. */
  | 'SHARED'
  /** Junk: has no customer. */
  | 'BLOCKED';

/** The kinds of evidence; from strong to weak: STEWARDED, ALIAS, OBSERVED, MATCHED. */
export type IdentityLinkKind =
  /** Both were in one call. */
  | 'OBSERVED'
  /** An alias call said so. */
  | 'ALIAS'
  /** Two records look alike. */
  | 'MATCHED'
  /** A steward said so. */
  | 'STEWARDED';

/** What became of a link. */
export type IdentityLinkStatus =
  /** It joins its ends. */
  | 'FOLLOWED'
  /** It does not; `evidence` says why. */
  | 'REJECTED'
  /** It waits for a steward. */
  | 'CANDIDATE';

/** What can keep two identifiers apart, the strongest first. */
export type IdentityConflictKind =
  /** A steward said so. */
  | 'PART'
  /** One of them is junk. */
  | 'BLOCKED'
  /** What they have in common, or one of them, is used by too many. */
  | 'SHARED'
  /** Together they would have two of a type that a customer has one of. */
  | 'EXCLUSIVE'
  /** Together they would have more of a type than a customer has. */
  | 'LIMIT'
  /** Too many identifiers hang together there. */
  | 'OVERSIZED'
  /** Their records, taken together, speak against it. */
  | 'EVIDENCE'
  /** Their records look alike, but not enough. */
  | 'CANDIDATE'
  /** Nothing connects them. */
  | 'UNCONNECTED';

/** What can become of customers. */
export type IdentityEventKind =
  /** Several became one. */
  | 'MERGE'
  /** One became several, or gave identifiers to another. */
  | 'SPLIT';

/** What changes who is who. */
export type IdentityCause =
  /** Calls that came. */
  | 'CALLS'
  /** Records that came, changed or went. */
  | 'RECORDS'
  /** A steward's decision. */
  | 'DECISION'
  /** A decision that was taken back. */
  | 'REVOCATION'
  /** New identity rules. */
  | 'RULES';

/** Why something waits for a steward, in the order of the queue. */
export type IdentityReviewKind =
  /** Two records look alike, but not so much that they join. Strongest first. */
  | 'CANDIDATE'
  /** Two records look alike, but what else is known of the two customers contradicts. Strongest first. */
  | 'REFUSED'
  /** Two records look alike, but each customer has an identifier of which a person has one. Strongest first. */
  | 'EXCLUSIVE'
  /** A customer whose two parts one weak likeness holds together. Weakest first. */
  | 'WEAK_BRIDGE'
  /** A customer whose records, taken two by two, agree less than two records that join. Weakest first. */
  | 'LOW_COHESION'
  /** A customer of unusually many identifiers. Largest first. */
  | 'LARGE';

/** The kinds of calls. */
export type TouchpointType =
  /** Said who somebody is. */
  | 'IDENTIFY'
  /** Somebody did something. */
  | 'TRACK'
  /** Somebody saw a page. */
  | 'PAGE'
  /** Somebody saw a screen of an app. */
  | 'SCREEN'
  /** Tied somebody to an account. */
  | 'GROUP'
  /** Tied a visitor to a user. */
  | 'ALIAS'
  /** A record of a system without tracking. */
  | 'RECORD';

/** Which touchpoints; all given fields must hold, an absent field holds always, an empty list never. */
export type TouchpointFilter = {
  /** Of one of these kinds. */
  types?: Array<TouchpointType> | null | undefined;
  /** With one of these names. */
  names?: Array<string> | null | undefined;
  /** From one of these sources. */
  sources?: Array<string> | null | undefined;
  /** At this time or later. */
  from?: string | null | undefined;
  /** Before this time. */
  to?: string | null | undefined;
};

/** What a name is one of. */
export type NameKind =
  /** A trait, also inside another: address.city. */
  | 'TRAIT'
  /** An event, page or screen. */
  | 'EVENT'
  /** A property of an event, also inside another. */
  | 'PROPERTY';

/** The type of a value. */
export type ValueType =
  /** Yes or no. */
  | 'BOOLEAN'
  /** A list. */
  | 'LIST'
  /** A number. */
  | 'NUMBER'
  /** An object. */
  | 'OBJECT'
  /** A text. */
  | 'STRING'
  /** A text that is a time or a date. */
  | 'TIME';

/** Whether a segment or a computed trait is live. */
export type SegmentStatus =
  /** It follows every event, every change and the clock. */
  | 'LIVE'
  /** Touchpoints stored before are being read for it. */
  | 'GATHERING'
  /** All customers are being looked at, one after the other; for those who were it is live. */
  | 'EVALUATING';

/** How a computed trait is made of events. COUNT, SUM and UNIQUE_COUNT of none are 0, the others have no value. */
export type ComputedFunction =
  /** How many. */
  | 'COUNT'
  /** The sum of a numeric property. */
  | 'SUM'
  /** The mean of a numeric property. */
  | 'AVERAGE'
  /** The least value of a numeric property. */
  | 'MIN'
  /** The greatest value of a numeric property. */
  | 'MAX'
  /** The value of the earliest event that has one. */
  | 'FIRST'
  /** The value of the latest event that has one. */
  | 'LAST'
  /** The value that is there most often. */
  | 'MOST_FREQUENT'
  /** All values, each once. */
  | 'UNIQUE_LIST'
  /** How many different values. */
  | 'UNIQUE_COUNT'
  /** Whole days since the latest event. */
  | 'DAYS_SINCE'
  /** Built in: 1 to 5 points for another computed trait. */
  | 'SCORE'
  /** Built in: the digits of scores, one behind the other. */
  | 'JOIN';

/** Something a customer does or does not meet. Exactly one field is set; `all` and `any` hold at least one condition. */
export type Condition =
  {   /** Every one of these. */
  all: Array<Condition>; any?: never; not?: never; trait?: never; event?: never; sequence?: never; segment?: never; connected?: never; }
  |  { all?: never;   /** At least one of these. */
  any: Array<Condition>; not?: never; trait?: never; event?: never; sequence?: never; segment?: never; connected?: never; }
  |  { all?: never; any?: never;   /** Not this. */
  not: Condition; trait?: never; event?: never; sequence?: never; segment?: never; connected?: never; }
  |  { all?: never; any?: never; not?: never;   /** A trait has a value. */
  trait: TraitCondition; event?: never; sequence?: never; segment?: never; connected?: never; }
  |  { all?: never; any?: never; not?: never; trait?: never;   /** An event happened, so often. */
  event: EventCondition; sequence?: never; segment?: never; connected?: never; }
  |  { all?: never; any?: never; not?: never; trait?: never; event?: never;   /** Events happened in this order. */
  sequence: SequenceCondition; segment?: never; connected?: never; }
  |  { all?: never; any?: never; not?: never; trait?: never; event?: never; sequence?: never;   /** Member of another segment. */
  segment: string; connected?: never; }
  |  { all?: never; any?: never; not?: never; trait?: never; event?: never; sequence?: never; segment?: never;   /** Someone connected to this customer meets the condition. */
  connected: ConnectedCondition; };

/** A trait compared with a value. */
export type TraitCondition = {
  /** The trait's name. */
  key: string;
  /** How to compare. */
  op: Operator;
  /** What to compare with; none for EXISTS and NOT_EXISTS, a list for IN and NOT_IN, a duration for WITHIN_LAST and NOT_WITHIN_LAST. */
  value?: unknown;
};

/** A property of an event compared with a value. */
export type PropertyCondition = {
  /** The property's name. */
  key: string;
  /** How to compare. */
  op: Operator;
  /** What to compare with, as in `TraitCondition`. */
  value?: unknown;
};

/** How to compare. */
export type Operator =
  /** Equal. */
  | 'EQ'
  /** Not equal, or absent. */
  | 'NE'
  /** Greater. */
  | 'GT'
  /** Greater or equal. */
  | 'GTE'
  /** Less. */
  | 'LT'
  /** Less or equal. */
  | 'LTE'
  /** Equal to one of a list. */
  | 'IN'
  /** Equal to none of a list. */
  | 'NOT_IN'
  /** Contains the text, or the list contains the value. */
  | 'CONTAINS'
  /** Begins with the text. */
  | 'STARTS_WITH'
  /** Ends with the text. */
  | 'ENDS_WITH'
  /** Has a value. */
  | 'EXISTS'
  /** Has none. */
  | 'NOT_EXISTS'
  /** Is a time before. */
  | 'BEFORE'
  /** Is a time after. */
  | 'AFTER'
  /** Is a time within this duration from now, looking back. */
  | 'WITHIN_LAST'
  /** Is a time, and not within this duration. */
  | 'NOT_WITHIN_LAST';

/** Did `name` (matching `where`) at least/at most/exactly this often, within the window. No `within`: ever. atMost: 0 = did not. None of atLeast, atMost, sum: atLeast 1. An event ahead of the clock counts from its time on. */
export type EventCondition = {
  /** The event's name. */
  name: string;
  /** What its properties must meet, all of them. */
  where?: Array<PropertyCondition> | null | undefined;
  /** At least so often. */
  atLeast?: number | null | undefined;
  /** At most so often. */
  atMost?: number | null | undefined;
  /** The window, back from now. */
  within?: string | null | undefined;
  /** What a sum over the matching events must meet. */
  sum?: SumCondition | null | undefined;
};

/** Sum of a numeric property over the matching events. */
export type SumCondition = {
  /** The property's name. */
  property: string;
  /** How to compare. */
  op: Operator;
  /** What to compare with. */
  value: number;
};

/** Steps in this order (equal times: by messageId), all within `within` of the first; `lookback` limits how old the first may be. */
export type SequenceCondition = {
  /** The steps, first to last. */
  steps: Array<EventStep>;
  /** How long the whole may take. */
  within: string;
  /** How old the first step may be. */
  lookback?: string | null | undefined;
};

/** One step of a sequence. */
export type EventStep = {
  /** The event's name. */
  name: string;
  /** What its properties must meet, all of them. */
  where?: Array<PropertyCondition> | null | undefined;
};

/** Somebody tied to this customer meets a condition. */
export type ConnectedCondition = {
  /** How they are tied. */
  through: ConnectionKind;
  /** What they meet. */
  where: Condition;
};

/** How customers are tied to each other. */
export type ConnectionKind =
  /** They belong to one account. */
  | 'ACCOUNT'
  /** They live in one household. */
  | 'HOUSEHOLD';

/** Identifiers that belong to one person. */
export type IdentityJoinInput = {
  /** At least two. */
  identifiers: Array<IdentifierInput>;
  /** Why, for those who ask later. */
  reason: string;
};

/** Identifiers that do not belong to one person. */
export type IdentityPartInput = {
  /** The one group, at least one. */
  identifiers: Array<IdentifierInput>;
  /** The other group, at least one. */
  from: Array<IdentifierInput>;
  /** Why, for those who ask later. */
  reason: string;
};

/** A decision to look at before it is made. Exactly one field is set. */
export type IdentityPreviewInput =
  {   /** These would be the identity rules, as YAML, with the model in force. Refused with LIMIT where more than 100,000 identifiers and links are stored: `kith identity rules check` does it there. */
  rules: string; model?: never; join?: never; part?: never; }
  |  { rules?: never;   /** This would be the matching model, as YAML, with the rules in force. Refused like `rules`: `kith identity model check` does it there. */
  model: string; join?: never; part?: never; }
  |  { rules?: never; model?: never;   /** These would belong to one person; at least two. */
  join: Array<IdentifierInput>; part?: never; }
  |  { rules?: never; model?: never; join?: never;   /** These would not be one person. */
  part: IdentityPreviewPart; };

/** Identifiers that would not belong to one person. */
export type IdentityPreviewPart = {
  /** The one group, at least one. */
  identifiers: Array<IdentifierInput>;
  /** The other group, at least one. */
  from: Array<IdentifierInput>;
};

/** A steward's answer to an item of the review queue. */
export type IdentityReviewInput = {
  /** Why, for those who ask later. */
  reason: string;
};

/** A segment to make or to replace. */
export type SegmentInput = {
  /** Its name for machines; unique. */
  key: string;
  /** Its name for people. */
  name: string;
  /** What members must meet. */
  condition: Condition;
};

/** A computed trait to make or to replace. */
export type ComputedTraitInput = {
  /** The trait's name: letters, digits and underscores. */
  key: string;
  /** Its name for people. */
  name: string;
  /** How it is made; SCORE and JOIN are built in. */
  function: ComputedFunction;
  /** The events it is made of, at most 20; none for all. */
  events?: Array<string> | null | undefined;
  /** What their properties must meet, all of them. */
  where?: Array<PropertyCondition> | null | undefined;
  /** The property whose values count: of the event's properties, or `context.…`, or `channel`. None for COUNT and DAYS_SINCE. */
  property?: string | null | undefined;
  /** The window, back from now; none for ever. */
  within?: string | null | undefined;
};

/** Quarantined calls to send again. */
export type QuarantineResendInput = {
  /** Their ids, at most 200. */
  ids: Array<string>;
  /** The corrected call, in place of the stored one; only with exactly one id. */
  call?: unknown;
};

/** Quarantined calls to delete. */
export type QuarantineDiscardInput = {
  /** Their ids, at most 200. */
  ids: Array<string>;
};

/** The kinds of mistakes. The list is closed. */
export type UserErrorCode =
  /** The input is wrong and stays wrong when repeated. */
  | 'INVALID'
  /** No such thing, or not visible. */
  | 'NOT_FOUND'
  /** Contradicts what is stored. */
  | 'CONFLICT'
  /** Over a documented limit. */
  | 'LIMIT'
  /** The scope for it is missing. */
  | 'FORBIDDEN';

/** Why a customer looks different now. */
export type ChangeReason =
  /** Nothing changed: this is how they look now. */
  | 'SNAPSHOT'
  /** Has a new touchpoint. */
  | 'TOUCHPOINT'
  /** A trait has another value; `changedTraits` names it. */
  | 'TRAITS'
  /** Gained or lost identifiers. */
  | 'IDENTITY'
  /** Entered or left a segment. */
  | 'SEGMENTS'
  /** A computed value changed. */
  | 'COMPUTED';

export type CustomerLineFragment = { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null };

export type IdentifierLineFragment = { id: string, type: string, value: string, status: IdentifierStatus, firstSeenAt: string, lastSeenAt: string };

export type TouchpointLineFragment = { id: string, type: TouchpointType, name: string, at: string, receivedAt: string, source: string, channel: string | null, properties: unknown, identifier: { id: string, type: string, value: string } };

export type CustomerCardFragment = { id: string, displayName: string | null, known: boolean, shared: boolean, firstSeenAt: string | null, lastSeenAt: string | null, traits: unknown, computed: Array<{ key: string, name: string, value: unknown }>, identifiers: { nodes: Array<{ id: string, type: string, value: string, status: IdentifierStatus, firstSeenAt: string, lastSeenAt: string }>, pageInfo: { hasNextPage: boolean } }, segments: { edges: Array<{ since: string, node: { id: string, key: string, name: string } }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } };

export type WatchCustomerSubscriptionVariables = Exact<{
  id: string;
  after?: string | null | undefined;
}>;


export type WatchCustomerSubscription = { customerChanged:
    | { __typename: 'CustomerChanged', cursor: string, at: string, reasons: Array<ChangeReason>, changedTraits: Array<string>, customer: { id: string, displayName: string | null, known: boolean, shared: boolean, firstSeenAt: string | null, lastSeenAt: string | null, traits: unknown, touchpoints: { edges: Array<{ cursor: string, node: { id: string, type: TouchpointType, name: string, at: string, receivedAt: string, source: string, channel: string | null, properties: unknown, identifier: { id: string, type: string, value: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, computed: Array<{ key: string, name: string, value: unknown }>, identifiers: { nodes: Array<{ id: string, type: string, value: string, status: IdentifierStatus, firstSeenAt: string, lastSeenAt: string }>, pageInfo: { hasNextPage: boolean } }, segments: { edges: Array<{ since: string, node: { id: string, key: string, name: string } }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } } }
    | { __typename: 'CustomerMerged', cursor: string, at: string, absorbed: Array<string>, customer: { id: string, displayName: string | null, known: boolean, shared: boolean, firstSeenAt: string | null, lastSeenAt: string | null, traits: unknown, computed: Array<{ key: string, name: string, value: unknown }>, identifiers: { nodes: Array<{ id: string, type: string, value: string, status: IdentifierStatus, firstSeenAt: string, lastSeenAt: string }>, pageInfo: { hasNextPage: boolean } }, segments: { edges: Array<{ since: string, node: { id: string, key: string, name: string } }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } } }
    | { __typename: 'CustomerSplit', cursor: string, at: string, customer: { id: string, displayName: string | null, known: boolean, shared: boolean, firstSeenAt: string | null, lastSeenAt: string | null, traits: unknown, computed: Array<{ key: string, name: string, value: unknown }>, identifiers: { nodes: Array<{ id: string, type: string, value: string, status: IdentifierStatus, firstSeenAt: string, lastSeenAt: string }>, pageInfo: { hasNextPage: boolean } }, segments: { edges: Array<{ since: string, node: { id: string, key: string, name: string } }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } }, created: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }> }
    | { __typename: 'ResyncRequired', reason: string }
   };

export type TouchpointsQueryVariables = Exact<{
  id: string;
  first: number;
  after?: string | null | undefined;
  filter?: TouchpointFilter | null | undefined;
}>;


export type TouchpointsQuery = { customer: { id: string, touchpoints: { edges: Array<{ cursor: string, node: { id: string, type: TouchpointType, name: string, at: string, receivedAt: string, source: string, channel: string | null, properties: unknown, identifier: { id: string, type: string, value: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type TouchpointContextQueryVariables = Exact<{
  id: string;
}>;


export type TouchpointContextQuery = { touchpoint: { id: string, messageId: string, context: unknown } | null };

export type TraitHistoryQueryVariables = Exact<{
  id: string;
  key: string;
}>;


export type TraitHistoryQuery = { customer: { id: string, trait: { key: string, value: unknown, source: string, at: string, identifier: { id: string, type: string, value: string }, history: Array<{ value: unknown, source: string, at: string, identifier: { id: string, type: string, value: string } }> } | null } | null };

export type HouseholdQueryVariables = Exact<{
  id: string;
}>;


export type HouseholdQuery = { customer: { id: string, household: { nodes: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }> } } | null };

export type AccountPeopleQueryVariables = Exact<{
  id: string;
}>;


export type AccountPeopleQuery = { node:
    | { id: string, customers: { nodes: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }>, pageInfo: { hasNextPage: boolean } } }
    | Record<PropertyKey, never>
   | null };

export type HitFragment = { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } };

export type FindQueryVariables = Exact<{
  text: string;
  email: boolean;
  phone: boolean;
  other: boolean;
}>;


export type FindQuery = { customers: { nodes: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } }> }, email?: { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } } | null, phone?: { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } } | null, user?: { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } } | null, visitor?: { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } } | null, device?: { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } } | null, record?: { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } } | null };

export type LookupQueryVariables = Exact<{
  type: string;
  value: string;
}>;


export type LookupQuery = { customer: { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } } | null };

export type ByIdQueryVariables = Exact<{
  id: string;
}>;


export type ByIdQuery = { customer: { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } } | null };

export type CustomersQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  known?: boolean | null | undefined;
}>;


export type CustomersQuery = { customers: { nodes: Array<{ firstSeenAt: string | null, id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type GlanceQueryVariables = Exact<{
  id: string;
}>;


export type GlanceQuery = { customer: { firstSeenAt: string | null, id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, segments: { edges: Array<{ node: { id: string, name: string } }> }, touchpoints: { nodes: Array<{ id: string, type: TouchpointType, name: string, at: string, source: string }> }, identifiers: { nodes: Array<{ id: string, type: string, value: string }> }, accounts: { nodes: Array<{ id: string, groupId: string, traits: unknown }> } } | null };

export type NodeFragment = { id: string, type: string, value: string, status: IdentifierStatus, firstSeenAt: string, lastSeenAt: string, customer: { id: string, displayName: string | null, known: boolean } | null };

export type LinkFragment = { kind: IdentityLinkKind, status: IdentityLinkStatus, confidence: number, count: number, firstSeenAt: string, lastSeenAt: string, sources: Array<string>, evidence: Array<string>, from: { id: string }, to: { id: string } };

export type ComparisonFragment = { weight: number, joinsFrom: number, confidence: number, against: string, fields: Array<{ field: string, level: string, weight: number, from: string | null, to: string | null }> };

export type GraphFragment = { nodes: Array<{ id: string, type: string, value: string, status: IdentifierStatus, firstSeenAt: string, lastSeenAt: string, customer: { id: string, displayName: string | null, known: boolean } | null }>, links: Array<{ kind: IdentityLinkKind, status: IdentityLinkStatus, confidence: number, count: number, firstSeenAt: string, lastSeenAt: string, sources: Array<string>, evidence: Array<string>, comparison: { fields: Array<{ field: string, level: string, weight: number }> } | null, from: { id: string }, to: { id: string } }> };

export type IdentityGraphQueryVariables = Exact<{
  id: string;
  at?: string | null | undefined;
}>;


export type IdentityGraphQuery = { customer: { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identityGraph: { nodes: Array<{ id: string, type: string, value: string, status: IdentifierStatus, firstSeenAt: string, lastSeenAt: string, customer: { id: string, displayName: string | null, known: boolean } | null }>, links: Array<{ kind: IdentityLinkKind, status: IdentityLinkStatus, confidence: number, count: number, firstSeenAt: string, lastSeenAt: string, sources: Array<string>, evidence: Array<string>, comparison: { fields: Array<{ field: string, level: string, weight: number }> } | null, from: { id: string }, to: { id: string } }> } } | null };

export type IdentityPathQueryVariables = Exact<{
  from: IdentifierInput;
  to: IdentifierInput;
}>;


export type IdentityPathQuery = { identityPath: { nodes: Array<{ id: string, type: string, value: string }>, links: Array<{ kind: IdentityLinkKind, status: IdentityLinkStatus, confidence: number, count: number, firstSeenAt: string, lastSeenAt: string, sources: Array<string>, evidence: Array<string>, comparison: { weight: number, joinsFrom: number, confidence: number, against: string, fields: Array<{ field: string, level: string, weight: number, from: string | null, to: string | null }> } | null, from: { id: string }, to: { id: string } }> } | null };

export type IdentityConflictQueryVariables = Exact<{
  from: IdentifierInput;
  to: IdentifierInput;
}>;


export type IdentityConflictQuery = { identityConflict: { mean: number | null, reasons: Array<{ kind: IdentityConflictKind, text: string, identifiers: Array<{ id: string, type: string, value: string }>, decision: { id: string, kind: string, reason: string, by: string, at: string } | null }> } | null };

export type IdentityHistoryQueryVariables = Exact<{
  id: string;
  after?: string | null | undefined;
}>;


export type IdentityHistoryQuery = { identityHistory: { nodes: Array<{ id: string, at: string, kind: IdentityEventKind, before: Array<string>, after: Array<string>, cause: IdentityCause, reference: string | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type DecisionQueryVariables = Exact<{
  id: string;
}>;


export type DecisionQuery = { node:
    | { id: string, kind: string, reason: string, by: string, at: string, revokedAt: string | null }
    | Record<PropertyKey, never>
   | null };

export type IdentityPreviewQueryVariables = Exact<{
  input: IdentityPreviewInput;
}>;


export type IdentityPreviewQuery = { identityPreview: { before: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }>, pageInfo: { hasNextPage: boolean } } }>, after: Array<{ id: string, shared: boolean, identifiers: Array<{ id: string, type: string, value: string }> }>, userErrors: Array<{ message: string, code: UserErrorCode }> } };

export type DecidedFragment = { decision: { id: string, kind: string, reason: string, by: string, at: string, revokedAt: string | null } | null, customers: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }>, userErrors: Array<{ message: string, code: UserErrorCode }> };

export type JoinMutationVariables = Exact<{
  input: IdentityJoinInput;
}>;


export type JoinMutation = { identityJoin: { decision: { id: string, kind: string, reason: string, by: string, at: string, revokedAt: string | null } | null, customers: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }>, userErrors: Array<{ message: string, code: UserErrorCode }> } };

export type PartMutationVariables = Exact<{
  input: IdentityPartInput;
}>;


export type PartMutation = { identityPart: { decision: { id: string, kind: string, reason: string, by: string, at: string, revokedAt: string | null } | null, customers: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }>, userErrors: Array<{ message: string, code: UserErrorCode }> } };

export type RevokeMutationVariables = Exact<{
  id: string;
}>;


export type RevokeMutation = { identityDecisionRevoke: { decision: { id: string, kind: string, reason: string, by: string, at: string, revokedAt: string | null } | null, customers: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }>, userErrors: Array<{ message: string, code: UserErrorCode }> } };

export type AcceptMutationVariables = Exact<{
  id: string;
  input: IdentityReviewInput;
}>;


export type AcceptMutation = { identityReviewAccept: { decision: { id: string, kind: string, reason: string, by: string, at: string, revokedAt: string | null } | null, customers: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }>, userErrors: Array<{ message: string, code: UserErrorCode }> } };

export type RejectMutationVariables = Exact<{
  id: string;
  input: IdentityReviewInput;
}>;


export type RejectMutation = { identityReviewReject: { decision: { id: string, kind: string, reason: string, by: string, at: string, revokedAt: string | null } | null, customers: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }>, userErrors: Array<{ message: string, code: UserErrorCode }> } };

export type ReviewQueueQueryVariables = Exact<{
  after?: string | null | undefined;
  kinds?: Array<IdentityReviewKind> | IdentityReviewKind | null | undefined;
}>;


export type ReviewQueueQuery = { identityReviewQueue: { nodes: Array<{ id: string, kind: IdentityReviewKind, reason: string, advice: string, identifiers: Array<{ id: string, type: string, value: string, firstSeenAt: string }>, link: { confidence: number, evidence: Array<string>, sources: Array<string>, firstSeenAt: string, comparison: { weight: number, joinsFrom: number, confidence: number, against: string, fields: Array<{ field: string, level: string, weight: number, from: string | null, to: string | null }> } | null } | null, customers: Array<{ traits: unknown, id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null, identifiers: { nodes: Array<{ id: string, type: string, value: string }>, pageInfo: { hasNextPage: boolean } } }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type SourcesQueryVariables = Exact<{ [key: string]: never; }>;


export type SourcesQuery = { sources: { nodes: Array<{ id: string, name: string, firstSeenAt: string, lastSeenAt: string }> } };

export type JournalNowQueryVariables = Exact<{ [key: string]: never; }>;


export type JournalNowQuery = { journal: { head: string, applied: string, lag: number, oldestPendingSeconds: number } };

export type QuarantineQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  source?: string | null | undefined;
}>;


export type QuarantineQuery = { quarantine: { nodes: Array<{ id: string, source: string, messageId: string | null, code: string, field: string | null, message: string, receivedAt: string, call: unknown }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type ResendMutationVariables = Exact<{
  input: QuarantineResendInput;
}>;


export type ResendMutation = { quarantineResend: { accepted: Array<string>, refused: Array<{ id: string, code: string, field: string | null, message: string }>, userErrors: Array<{ message: string, code: UserErrorCode }> } };

export type DiscardMutationVariables = Exact<{
  input: QuarantineDiscardInput;
}>;


export type DiscardMutation = { quarantineDiscard: { discarded: Array<string>, userErrors: Array<{ message: string, code: UserErrorCode }> } };

export type FiguresNowQueryVariables = Exact<{ [key: string]: never; }>;


export type FiguresNowQuery = { figures: { at: string, customers: number | string, sharedIdentifiers: number | string, identifiers: number | string, links: number | string, touchpoints: number | string, candidates: number | string, quarantined: number | string, deadLetters: number | string }, journal: { lag: number, oldestPendingSeconds: number } };

export type SegmentSavedFragment = { id: string, key: string, name: string, size: number, condition: unknown };

export type SegmentsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type SegmentsQuery = { segments: { nodes: Array<{ id: string, key: string, name: string, size: number, status: SegmentStatus, percent: number, today: { entered: number, left: number }, trend: Array<{ day: string, size: number }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type SegmentByIdQueryVariables = Exact<{
  id: string;
}>;


export type SegmentByIdQuery = { segment: { id: string, key: string, name: string, size: number, condition: unknown } | null };

export type SegmentMembersQueryVariables = Exact<{
  id: string;
  first: number;
  after?: string | null | undefined;
}>;


export type SegmentMembersQuery = { segment: { id: string, size: number } | null, customers: { nodes: Array<{ firstSeenAt: string | null, traits: unknown, id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PreviewSegmentQueryVariables = Exact<{
  condition: Condition;
}>;


export type PreviewSegmentQuery = { segmentPreview: { size: number, estimated: boolean, checked: number, customers: Array<{ id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null }> } };

export type CreateSegmentMutationVariables = Exact<{
  input: SegmentInput;
}>;


export type CreateSegmentMutation = { segmentCreate: { segment: { id: string, key: string, name: string, size: number, condition: unknown } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: UserErrorCode }> } };

export type UpdateSegmentMutationVariables = Exact<{
  id: string;
  input: SegmentInput;
}>;


export type UpdateSegmentMutation = { segmentUpdate: { segment: { id: string, key: string, name: string, size: number, condition: unknown } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: UserErrorCode }> } };

export type DeleteSegmentMutationVariables = Exact<{
  id: string;
}>;


export type DeleteSegmentMutation = { segmentDelete: { userErrors: Array<{ message: string, code: UserErrorCode }> } };

export type WatchSegmentSubscriptionVariables = Exact<{
  id: string;
  after?: string | null | undefined;
}>;


export type WatchSegmentSubscription = { segmentMembershipChanged:
    | { __typename: 'SegmentMembershipChanged', cursor: string, at: string, entered: boolean, segment: { id: string, size: number }, customer: { id: string, displayName: string | null, known: boolean, shared: boolean, lastSeenAt: string | null } }
    | { __typename: 'ResyncRequired', reason: string }
   };

export type NamesInUseQueryVariables = Exact<{
  kind: NameKind;
  event?: string | null | undefined;
  contains?: string | null | undefined;
}>;


export type NamesInUseQuery = { names: { nodes: Array<{ name: string, types: Array<ValueType>, count: number | string }>, pageInfo: { hasNextPage: boolean } } };

export type WhyInQueryVariables = Exact<{
  segment: string;
  customer: string;
}>;


export type WhyInQuery = { segmentExplanation: { met: boolean, parts: Array<{ path: Array<string>, description: string, met: boolean, actual: unknown }> } | null };

export type ComputedLineFragment = { key: string, name: string, function: ComputedFunction, events: Array<string>, where: unknown, property: string | null, within: string | null, of: Array<string>, builtIn: boolean, status: SegmentStatus };

export type ComputedTraitsQueryVariables = Exact<{ [key: string]: never; }>;


export type ComputedTraitsQuery = { computedTraits: Array<{ key: string, name: string, function: ComputedFunction, events: Array<string>, where: unknown, property: string | null, within: string | null, of: Array<string>, builtIn: boolean, status: SegmentStatus }> };

export type CreateComputedMutationVariables = Exact<{
  input: ComputedTraitInput;
}>;


export type CreateComputedMutation = { computedTraitCreate: { computedTrait: { key: string, name: string, function: ComputedFunction, events: Array<string>, where: unknown, property: string | null, within: string | null, of: Array<string>, builtIn: boolean, status: SegmentStatus } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: UserErrorCode }> } };

export type UpdateComputedMutationVariables = Exact<{
  input: ComputedTraitInput;
}>;


export type UpdateComputedMutation = { computedTraitUpdate: { computedTrait: { key: string, name: string, function: ComputedFunction, events: Array<string>, where: unknown, property: string | null, within: string | null, of: Array<string>, builtIn: boolean, status: SegmentStatus } | null, userErrors: Array<{ field: Array<string> | null, message: string, code: UserErrorCode }> } };

export type DeleteComputedMutationVariables = Exact<{
  key: string;
}>;


export type DeleteComputedMutation = { computedTraitDelete: { userErrors: Array<{ message: string, code: UserErrorCode }> } };

export type WhoAmIQueryVariables = Exact<{ [key: string]: never; }>;


export type WhoAmIQuery = { me: { subject: string, scopes: Array<string>, expiresAt: string } };

export const WatchCustomer = "subscription WatchCustomer($id:ID!$after:String){customerChanged(by:{id:$id}after:$after){__typename ...on CustomerChanged{cursor at reasons changedTraits customer{...CustomerCard touchpoints(first:30){edges{cursor node{...TouchpointLine}}pageInfo{hasNextPage endCursor}}}}...on CustomerMerged{cursor at absorbed customer{...CustomerCard}}...on CustomerSplit{cursor at customer{...CustomerCard}created{...CustomerLine}}...on ResyncRequired{reason}}}fragment CustomerCard on Customer{id displayName known shared firstSeenAt lastSeenAt traits computed{key name value}identifiers(first:200){nodes{...IdentifierLine}pageInfo{hasNextPage}}segments(first:50){edges{since node{id key name}}}accounts(first:10){nodes{id groupId traits}}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}fragment IdentifierLine on Identifier{id type value status firstSeenAt lastSeenAt}fragment TouchpointLine on Touchpoint{id type name at receivedAt source channel properties identifier{id type value}}" as Document<WatchCustomerSubscription, WatchCustomerSubscriptionVariables>
export const Touchpoints = "query Touchpoints($id:ID!$first:Int!$after:String$filter:TouchpointFilter){customer(by:{id:$id}){id touchpoints(first:$first after:$after filter:$filter){edges{cursor node{...TouchpointLine}}pageInfo{hasNextPage endCursor}}}}fragment TouchpointLine on Touchpoint{id type name at receivedAt source channel properties identifier{id type value}}" as Document<TouchpointsQuery, TouchpointsQueryVariables>
export const TouchpointContext = "query TouchpointContext($id:ID!){touchpoint(id:$id){id messageId context}}" as Document<TouchpointContextQuery, TouchpointContextQueryVariables>
export const TraitHistory = "query TraitHistory($id:ID!$key:String!){customer(by:{id:$id}){id trait(key:$key){key value source at identifier{id type value}history{value source at identifier{id type value}}}}}" as Document<TraitHistoryQuery, TraitHistoryQueryVariables>
export const Household = "query Household($id:ID!){customer(by:{id:$id}){id household(first:8){nodes{...CustomerLine}}}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}" as Document<HouseholdQuery, HouseholdQueryVariables>
export const AccountPeople = "query AccountPeople($id:ID!){node(id:$id){...on Account{id customers(first:20){nodes{...CustomerLine}pageInfo{hasNextPage}}}}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}" as Document<AccountPeopleQuery, AccountPeopleQueryVariables>
export const Find = "query Find($text:String!$email:Boolean!$phone:Boolean!$other:Boolean!){customers(filter:{search:$text}first:12){nodes{...Hit}}email:customer(by:{identifier:{type:\"email\" value:$text}})@include(if:$email){...Hit}phone:customer(by:{identifier:{type:\"phone\" value:$text}})@include(if:$phone){...Hit}user:customer(by:{identifier:{type:\"user_id\" value:$text}})@include(if:$other){...Hit}visitor:customer(by:{identifier:{type:\"anonymous_id\" value:$text}})@include(if:$other){...Hit}device:customer(by:{identifier:{type:\"device_id\" value:$text}})@include(if:$other){...Hit}record:customer(by:{identifier:{type:\"record\" value:$text}})@include(if:$other){...Hit}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}fragment Hit on Customer{...CustomerLine identifiers(first:12){nodes{id type value}}accounts(first:1){nodes{id traits groupId}}}" as Document<FindQuery, FindQueryVariables>
export const Lookup = "query Lookup($type:String!$value:String!){customer(by:{identifier:{type:$type value:$value}}){...Hit}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}fragment Hit on Customer{...CustomerLine identifiers(first:12){nodes{id type value}}accounts(first:1){nodes{id traits groupId}}}" as Document<LookupQuery, LookupQueryVariables>
export const ById = "query ById($id:ID!){customer(by:{id:$id}){...Hit}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}fragment Hit on Customer{...CustomerLine identifiers(first:12){nodes{id type value}}accounts(first:1){nodes{id traits groupId}}}" as Document<ByIdQuery, ByIdQueryVariables>
export const Customers = "query Customers($first:Int!$after:String$known:Boolean){customers(first:$first after:$after filter:{known:$known}){nodes{...CustomerLine firstSeenAt}pageInfo{hasNextPage endCursor}}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}" as Document<CustomersQuery, CustomersQueryVariables>
export const Glance = "query Glance($id:ID!){customer(by:{id:$id}){...Hit firstSeenAt segments(first:5){edges{node{id name}}}touchpoints(first:4){nodes{id type name at source}}}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}fragment Hit on Customer{...CustomerLine identifiers(first:12){nodes{id type value}}accounts(first:1){nodes{id traits groupId}}}" as Document<GlanceQuery, GlanceQueryVariables>
export const IdentityGraph = "query IdentityGraph($id:ID!$at:Time){customer(by:{id:$id}){...CustomerLine identityGraph(includeRejected:true includeCandidates:true at:$at){...Graph}}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}fragment Graph on IdentityGraph{nodes{...Node}links{...Link comparison{fields{field level weight}}}}fragment Link on IdentityLink{from{id}to{id}kind status confidence count firstSeenAt lastSeenAt sources evidence}fragment Node on Identifier{id type value status firstSeenAt lastSeenAt customer{id displayName known}}" as Document<IdentityGraphQuery, IdentityGraphQueryVariables>
export const IdentityPath = "query IdentityPath($from:IdentifierInput!$to:IdentifierInput!){identityPath(from:$from to:$to){nodes{id type value}links{...Link comparison{...Comparison}}}}fragment Comparison on IdentityComparison{weight joinsFrom confidence against fields{field level weight from to}}fragment Link on IdentityLink{from{id}to{id}kind status confidence count firstSeenAt lastSeenAt sources evidence}" as Document<IdentityPathQuery, IdentityPathQueryVariables>
export const IdentityConflict = "query IdentityConflict($from:IdentifierInput!$to:IdentifierInput!){identityConflict(from:$from to:$to){reasons{kind text identifiers{id type value}decision{id kind reason by at}}mean}}" as Document<IdentityConflictQuery, IdentityConflictQueryVariables>
export const IdentityHistory = "query IdentityHistory($id:ID!$after:String){identityHistory(customer:$id first:20 after:$after){nodes{id at kind before after cause reference}pageInfo{hasNextPage endCursor}}}" as Document<IdentityHistoryQuery, IdentityHistoryQueryVariables>
export const Decision = "query Decision($id:ID!){node(id:$id){...on IdentityDecision{id kind reason by at revokedAt}}}" as Document<DecisionQuery, DecisionQueryVariables>
export const IdentityPreview = "query IdentityPreview($input:IdentityPreviewInput!){identityPreview(input:$input){before{...CustomerLine identifiers(first:50){nodes{id type value}pageInfo{hasNextPage}}}after{id shared identifiers{id type value}}userErrors{message code}}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}" as Document<IdentityPreviewQuery, IdentityPreviewQueryVariables>
export const Join = "mutation Join($input:IdentityJoinInput!){identityJoin(input:$input){...Decided}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}fragment Decided on IdentityDecisionPayload{decision{id kind reason by at revokedAt}customers{...CustomerLine}userErrors{message code}}" as Document<JoinMutation, JoinMutationVariables>
export const Part = "mutation Part($input:IdentityPartInput!){identityPart(input:$input){...Decided}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}fragment Decided on IdentityDecisionPayload{decision{id kind reason by at revokedAt}customers{...CustomerLine}userErrors{message code}}" as Document<PartMutation, PartMutationVariables>
export const Revoke = "mutation Revoke($id:ID!){identityDecisionRevoke(id:$id){...Decided}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}fragment Decided on IdentityDecisionPayload{decision{id kind reason by at revokedAt}customers{...CustomerLine}userErrors{message code}}" as Document<RevokeMutation, RevokeMutationVariables>
export const Accept = "mutation Accept($id:ID!$input:IdentityReviewInput!){identityReviewAccept(id:$id input:$input){...Decided}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}fragment Decided on IdentityDecisionPayload{decision{id kind reason by at revokedAt}customers{...CustomerLine}userErrors{message code}}" as Document<AcceptMutation, AcceptMutationVariables>
export const Reject = "mutation Reject($id:ID!$input:IdentityReviewInput!){identityReviewReject(id:$id input:$input){...Decided}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}fragment Decided on IdentityDecisionPayload{decision{id kind reason by at revokedAt}customers{...CustomerLine}userErrors{message code}}" as Document<RejectMutation, RejectMutationVariables>
export const ReviewQueue = "query ReviewQueue($after:String$kinds:[IdentityReviewKind!]){identityReviewQueue(first:25 after:$after kinds:$kinds){nodes{id kind reason advice identifiers{id type value firstSeenAt}link{confidence evidence sources firstSeenAt comparison{...Comparison}}customers{...CustomerLine traits identifiers(first:12){nodes{id type value}pageInfo{hasNextPage}}}}pageInfo{hasNextPage endCursor}}}fragment Comparison on IdentityComparison{weight joinsFrom confidence against fields{field level weight from to}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}" as Document<ReviewQueueQuery, ReviewQueueQueryVariables>
export const Sources = "query Sources{sources(first:200){nodes{id name firstSeenAt lastSeenAt}}}" as Document<SourcesQuery, SourcesQueryVariables>
export const JournalNow = "query JournalNow{journal{head applied lag oldestPendingSeconds}}" as Document<JournalNowQuery, JournalNowQueryVariables>
export const Quarantine = "query Quarantine($first:Int!$after:String$source:String){quarantine(first:$first after:$after source:$source){nodes{id source messageId code field message receivedAt call}pageInfo{hasNextPage endCursor}}}" as Document<QuarantineQuery, QuarantineQueryVariables>
export const Resend = "mutation Resend($input:QuarantineResendInput!){quarantineResend(input:$input){accepted refused{id code field message}userErrors{message code}}}" as Document<ResendMutation, ResendMutationVariables>
export const Discard = "mutation Discard($input:QuarantineDiscardInput!){quarantineDiscard(input:$input){discarded userErrors{message code}}}" as Document<DiscardMutation, DiscardMutationVariables>
export const FiguresNow = "query FiguresNow{figures{at customers sharedIdentifiers identifiers links touchpoints candidates quarantined deadLetters}journal{lag oldestPendingSeconds}}" as Document<FiguresNowQuery, FiguresNowQueryVariables>
export const Segments = "query Segments($first:Int!$after:String){segments(first:$first after:$after){nodes{id key name size status percent today{entered left}trend(days:30){day size}}pageInfo{hasNextPage endCursor}}}" as Document<SegmentsQuery, SegmentsQueryVariables>
export const SegmentById = "query SegmentById($id:ID!){segment(by:{id:$id}){...SegmentSaved}}fragment SegmentSaved on Segment{id key name size condition}" as Document<SegmentByIdQuery, SegmentByIdQueryVariables>
export const SegmentMembers = "query SegmentMembers($id:ID!$first:Int!$after:String){segment(by:{id:$id}){id size}customers(filter:{segment:$id}orderBy:{field:FIRST_SEEN direction:ASC}first:$first after:$after){nodes{...CustomerLine firstSeenAt traits}pageInfo{hasNextPage endCursor}}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}" as Document<SegmentMembersQuery, SegmentMembersQueryVariables>
export const PreviewSegment = "query PreviewSegment($condition:Condition!){segmentPreview(condition:$condition first:10){size estimated checked customers{...CustomerLine}}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}" as Document<PreviewSegmentQuery, PreviewSegmentQueryVariables>
export const CreateSegment = "mutation CreateSegment($input:SegmentInput!){segmentCreate(input:$input){segment{...SegmentSaved}userErrors{field message code}}}fragment SegmentSaved on Segment{id key name size condition}" as Document<CreateSegmentMutation, CreateSegmentMutationVariables>
export const UpdateSegment = "mutation UpdateSegment($id:ID!$input:SegmentInput!){segmentUpdate(id:$id input:$input){segment{...SegmentSaved}userErrors{field message code}}}fragment SegmentSaved on Segment{id key name size condition}" as Document<UpdateSegmentMutation, UpdateSegmentMutationVariables>
export const DeleteSegment = "mutation DeleteSegment($id:ID!){segmentDelete(id:$id){userErrors{message code}}}" as Document<DeleteSegmentMutation, DeleteSegmentMutationVariables>
export const WatchSegment = "subscription WatchSegment($id:ID!$after:String){segmentMembershipChanged(segment:$id after:$after){__typename ...on SegmentMembershipChanged{cursor at entered segment{id size}customer{...CustomerLine}}...on ResyncRequired{reason}}}fragment CustomerLine on Customer{id displayName known shared lastSeenAt}" as Document<WatchSegmentSubscription, WatchSegmentSubscriptionVariables>
export const NamesInUse = "query NamesInUse($kind:NameKind!$event:String$contains:String){names(kind:$kind event:$event contains:$contains first:200){nodes{name types count}pageInfo{hasNextPage}}}" as Document<NamesInUseQuery, NamesInUseQueryVariables>
export const WhyIn = "query WhyIn($segment:ID!$customer:ID!){segmentExplanation(segment:$segment customer:$customer){met parts{path description met actual}}}" as Document<WhyInQuery, WhyInQueryVariables>
export const ComputedTraits = "query ComputedTraits{computedTraits{...ComputedLine}}fragment ComputedLine on ComputedTrait{key name function events where property within of builtIn status}" as Document<ComputedTraitsQuery, ComputedTraitsQueryVariables>
export const CreateComputed = "mutation CreateComputed($input:ComputedTraitInput!){computedTraitCreate(input:$input){computedTrait{...ComputedLine}userErrors{field message code}}}fragment ComputedLine on ComputedTrait{key name function events where property within of builtIn status}" as Document<CreateComputedMutation, CreateComputedMutationVariables>
export const UpdateComputed = "mutation UpdateComputed($input:ComputedTraitInput!){computedTraitUpdate(input:$input){computedTrait{...ComputedLine}userErrors{field message code}}}fragment ComputedLine on ComputedTrait{key name function events where property within of builtIn status}" as Document<UpdateComputedMutation, UpdateComputedMutationVariables>
export const DeleteComputed = "mutation DeleteComputed($key:ID!){computedTraitDelete(id:$key){userErrors{message code}}}" as Document<DeleteComputedMutation, DeleteComputedMutationVariables>
export const WhoAmI = "query WhoAmI{me{subject scopes expiresAt}}" as Document<WhoAmIQuery, WhoAmIQueryVariables>
