package graph

import (
	"context"
	"errors"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"kith/fault"
)

// request is what a client asks, over whichever transport.
type request struct {
	Query         string
	DocumentID    string // instead of Query
	OperationName string
	Variables     map[string]any
	Extensions    map[string]any
}

// preparer turns requests into operations that are ready to be executed, or into the reasons why not.
type preparer struct {
	limits    Limits
	persisted persisted
	kept      *kept[document] // validated, by their text; never written to again, so that requests share them
	recover   graphql.RecoverFunc
	silent    *rules.Rules // without suggestions
	talkable  *rules.Rules // with them
}

// document is a validated document with what is known of it before it is executed.
type document struct {
	*ast.QueryDocument
	direct direct
}

// parsedFactor is about how many bytes of memory one byte of a document's text becomes when parsed.
const parsedFactor = 32

func newPreparer(limits Limits, listed Documents, rec graphql.RecoverFunc) *preparer {
	silent := rules.NewDefaultRules()
	silent.ReplaceRule(rules.FieldsOnCorrectTypeRule.Name, rules.FieldsOnCorrectTypeRuleWithoutSuggestions.RuleFunc)
	silent.ReplaceRule(rules.KnownArgumentNamesRule.Name, rules.KnownArgumentNamesRuleWithoutSuggestions.RuleFunc)
	silent.ReplaceRule(rules.KnownTypeNamesRule.Name, rules.KnownTypeNamesRuleWithoutSuggestions.RuleFunc)
	silent.ReplaceRule(rules.ScalarLeafsRule.Name, rules.ScalarLeafsRuleWithoutSuggestions.RuleFunc)
	silent.ReplaceRule(rules.ValuesOfCorrectTypeRule.Name, rules.ValuesOfCorrectTypeRuleWithoutSuggestions.RuleFunc)
	return &preparer{
		limits: limits, persisted: persisted{listed, newKept[string](limits.Persisted)}, kept: newKept[document](limits.Queries), recover: rec,
		silent: silent, talkable: rules.NewDefaultRules(),
	}
}

// prepare parses, measures, validates and appraises a request. Administrators may introspect and get suggestions.
func (p *preparer) prepare(ctx context.Context, r request, administrator bool) (*graphql.OperationContext, gqlerror.List) {
	hash, err := p.persisted.find(&r)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	doc, list := p.document(ctx, r.Query, administrator)
	if list != nil {
		return nil, list
	}
	p.persisted.keep(hash, r.Query)
	op := doc.Operations.ForName(r.OperationName)
	switch {
	case op != nil:
	case r.OperationName == "":
		return nil, refuse(ctx, fault.New("graph.prepare", fault.Invalid, "the document has several operations; operationName says which"))
	default:
		return nil, refuse(ctx, fault.New("graph.prepare", fault.Invalid, "the document has no operation of the name in operationName"))
	}
	vars, err := validator.VariableValues(parsedSchema, op, r.Variables)
	if err != nil {
		var invalid *gqlerror.Error
		if errors.As(err, &invalid) {
			return nil, wrong(gqlerror.List{invalid})
		}
		return nil, refuse(ctx, err)
	}
	if err := (appraiser{limits: p.limits, vars: vars, introspect: administrator}).check(op); err != nil {
		return nil, refuse(ctx, err)
	}
	return &graphql.OperationContext{
		RawQuery: r.Query, OperationName: r.OperationName, Extensions: r.Extensions,
		Doc: doc.QueryDocument, Operation: op, Variables: vars,
		DisableIntrospection:   !administrator,
		RecoverFunc:            p.recover,
		ResolverMiddleware:     doc.direct.resolve,
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
	}, nil
}

// document is the validated document of a text.
func (p *preparer) document(ctx context.Context, text string, administrator bool) (document, gqlerror.List) {
	if doc, ok := p.kept.get(text); ok {
		return doc, nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, p.limits.Tokens)
	if err != nil {
		var syntax *gqlerror.Error
		if !errors.As(err, &syntax) {
			return document{}, refuse(ctx, err)
		}
		if excessive(syntax) {
			return document{}, refuse(ctx, tooMuch("the document has more than %d tokens or is nested too deeply", p.limits.Tokens))
		}
		return document{}, wrong(gqlerror.List{syntax})
	}
	if len(doc.Operations) == 0 {
		return document{}, refuse(ctx, fault.New("graph.prepare", fault.Invalid, "the document has no operation"))
	}
	if err := p.limits.checkSize(doc); err != nil {
		return document{}, refuse(ctx, err)
	}
	checks := p.silent
	if administrator && len(text) <= suggestible {
		checks = p.talkable
	}
	if list := validator.ValidateWithRules(parsedSchema, doc, checks); len(list) > 0 {
		return document{}, wrong(list)
	}
	made := document{doc, planDirect(doc)}
	p.kept.put(text, made, len(text)*parsedFactor)
	return made, nil
}

// suggestible is how long a document may be whose mistakes get suggestions: they cost time with the length of its names.
const suggestible = 64 << 10

// excessive reports whether the parser stopped at one of its limits rather than at a mistake.
func excessive(err *gqlerror.Error) bool { return strings.HasPrefix(err.Message, "exceeded ") }
