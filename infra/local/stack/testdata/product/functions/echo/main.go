// Command echo answers an HTTP request with what it got and a mail with a mail
// that says what the event and the stored message held.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/ses/types"
)

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	e := echo{
		s3:  s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }),
		ses: ses.NewFromConfig(cfg),
	}
	lambda.Start(e.handle)
}

type echo struct {
	s3  *s3.Client
	ses *ses.Client
}

func (e echo) handle(ctx context.Context, raw json.RawMessage) (any, error) {
	var mail events.SimpleEmailEvent
	if err := json.Unmarshal(raw, &mail); err == nil && len(mail.Records) == 1 {
		return nil, e.answer(ctx, mail.Records[0].SES)
	}
	var r events.APIGatewayProxyRequest
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	body := r.Body
	if r.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			return nil, err
		}
		body = string(decoded)
	}
	said := fmt.Sprintf("%s %s a=%q cookie=%q body=%q stage=%s", r.HTTPMethod, r.Path,
		r.MultiValueQueryStringParameters["a"], values(r.MultiValueHeaders, "cookie"), body, os.Getenv("STAGE"))
	return events.APIGatewayProxyResponse{
		StatusCode: 303,
		MultiValueHeaders: map[string][]string{
			"Location": {"/nl/"}, "Set-Cookie": {"a=1; Path=/", "b=2; Path=/"}, "Content-Type": {"text/plain"}, "X-Said": {said},
		},
		Body: said,
	}, nil
}

func values(headers map[string][]string, name string) []string {
	for k, v := range headers {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}

func (e echo) answer(ctx context.Context, m events.SimpleEmailService) error {
	o, err := e.s3.GetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String(os.Getenv("BUCKET")), Key: aws.String("raw/" + m.Mail.MessageID),
	})
	if err != nil {
		return err
	}
	defer o.Body.Close()
	stored, err := io.ReadAll(o.Body)
	if err != nil {
		return err
	}
	answer := fmt.Sprintf("From: All Claims <info@allclaims.nl>\r\nTo: %s\r\nSubject: echo\r\nX-Letter: T-01\r\nContent-Language: nl\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n",
		m.Mail.Source, base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(
			"dmarc %s spf %s subject %s\n\n4829 1736\n\n%s", m.Receipt.DMARCVerdict.Status, m.Receipt.SPFVerdict.Status,
			m.Mail.CommonHeaders.Subject, stored))))
	_, err = e.ses.SendRawEmail(ctx, &ses.SendRawEmailInput{RawMessage: &types.RawMessage{Data: []byte(answer)}})
	return err
}
