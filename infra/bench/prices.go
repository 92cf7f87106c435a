package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed prices.json
var pricesJSON []byte

// prices are list prices and what is assumed beside them; prices.json says of
// which date, and that nobody has compared them with a bill.
type prices struct {
	Region, Date, Currency, Source string
	// PerMillion prices calls and units by the million, PerUnit the rest by one.
	PerMillion, PerUnit map[string]float64
	Assumed             struct {
		// LambdaSeconds is how long a function runs for one call, LambdaGB its memory.
		LambdaSeconds, LambdaGB float64
		// PagesPerForm are the page calls of one form, PagesPerVisit those of one
		// visit to the proof, status, desk or client pages.
		PagesPerForm, PagesPerVisit int
	}
}

func readPrices() (prices, error) {
	var p prices
	if err := json.Unmarshal(pricesJSON, &p); err != nil {
		return p, fmt.Errorf("read prices.json: %w", err)
	}
	return p, nil
}

// item finds what a call is billed as; "" is free.
func item(call string) (string, error) {
	service, operation, _ := strings.Cut(call, ".")
	switch service {
	case "APIGateway":
		return "apigateway.request", nil
	case "Lambda":
		return "lambda.request", nil
	case "DynamoDB":
		return "", nil // by units
	case "SFN":
		return "", nil // by transitions; starting and answering are free
	case "States":
		return "states.transition", nil
	case "KMS":
		return "kms.request", nil
	case "SES":
		return "ses.mail", nil
	case "SecretsManager":
		return "secretsmanager.request", nil
	case "S3":
		if strings.HasPrefix(operation, "Delete") || strings.HasPrefix(operation, "Abort") {
			return "", nil
		}
		if strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "Head") {
			return "s3.read", nil
		}
		return "s3.write", nil
	}
	return "", fmt.Errorf("no price is known for %s", call)
}

// cost is what a usage costs.
func (p prices) cost(u usage) (float64, error) {
	sum := (u.ReadUnits*p.PerMillion["dynamodb.readUnit"] + u.WriteUnits*p.PerMillion["dynamodb.writeUnit"]) / 1e6
	for call, n := range u.Calls {
		name, err := item(call)
		if err != nil {
			return 0, err
		}
		if name == "" {
			continue
		}
		price, ok := p.PerMillion[name]
		if !ok {
			return 0, fmt.Errorf("prices.json has no %s", name)
		}
		sum += float64(n) * price / 1e6
		if name == "lambda.request" {
			sum += float64(n) * p.Assumed.LambdaSeconds * p.Assumed.LambdaGB * p.PerUnit["lambda.gbSecond.arm64"]
		}
	}
	return sum, nil
}
