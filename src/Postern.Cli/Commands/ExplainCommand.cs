using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using Postern.Cli.Explain;
using Postern.Cli.Explain.Connect;
using Postern.Cli.Output;
using Postern.Configuration;
using Postern.Configuration.Reading;
using Postern.Engine.Upstream;
using Postern.Policy.Dns;
using Postern.Policy.Service;
using Postern.Policy.Survey;
using Postern.Resolver;

namespace Postern.Cli.Commands;

/// <summary><c>postern explain DOMAIN</c>: where mail or streams of XMPP for a domain go, what each host has to show, and by which rules.</summary>
internal static class ExplainCommand
{
    private const int DnsPort = 53;

    // The words of [[outbound]] protocol.
    private const string Mail = "smtp";
    private const string Streams = "xmpp-server";

    public static Command Create(TextWriter output, TextWriter errors)
    {
        var domain = new Argument<string>("DOMAIN") { Description = "What stands behind the @ of the recipient: example.org" };
        var protocol = new Option<string>("--protocol") { HelpName = "smtp|xmpp-server", Description = "What goes there: mail, or streams between XMPP servers [default: smtp]" };
        _ = protocol.AcceptOnlyFromAmong(Mail, Streams);
        Option<string> file = SharedOptions.Configuration("Decide and ask by this configuration: its [policy] and its [resolver]");
        var resolver = new Option<string>("--resolver")
        {
            HelpName = "ADDRESS[:PORT]",
            Description = "Ask this resolver, and validate what it says [default: ask the domains' own servers]",
        };
        var trustAd = new Option<bool>("--trust-ad")
        {
            Description = "Believe what the resolver says of DNSSEC; it must be one of this machine [default: 127.0.0.1]",
        };
        var anchor = new Option<string>("--anchor") { HelpName = "FILE", Description = "Trust the DS or DNSKEY records in this file in place of the root's" };
        var connect = new Option<bool>("--connect")
        {
            Description = "Connect to each address of each host, as the gate does, and say what it shows; no mail is sent",
        };
        Option<bool> json = SharedOptions.Json("Print one JSON object instead of text");
        var command = new Command("explain", "Say where mail for a domain goes, what each host has to show, and by which rules") { domain, protocol, file, resolver, trustAd, anchor, connect, json };
        command.Validators.Add(result =>
        {
            string text = result.GetValue(domain) ?? "";
            if (SharedOptions.DomainOf(text) is null)
                result.AddError($"{PeerText.Escape(text)} is no domain that {(result.GetValue(protocol) == Streams ? "a stream" : "mail")} can go to.");
            if (result.GetValue(protocol) == Streams && result.GetValue(connect))
                result.AddError("--connect is for mail: it does not go with --protocol xmpp-server.");
            if (result.GetValue(resolver) is { } address && EndPointOf(address) is null)
                result.AddError($"{PeerText.Escape(address)} is no ADDRESS[:PORT] of a resolver.");
            bool saysWhom = result.GetValue(trustAd) || result.GetValue(resolver) is not null || result.GetValue(anchor) is not null;
            if (saysWhom && result.GetResult(file) is not null)
                result.AddError("With --config, its [resolver] says whom to ask: --resolver, --trust-ad and --anchor do not go with it.");
            if (result.GetValue(trustAd) && result.GetValue(anchor) is not null)
                result.AddError("With --trust-ad nothing is validated here: --anchor says nothing.");
        });
        command.SetAction(parsed =>
        {
            bool believes = parsed.GetValue(trustAd);
            IPEndPoint? asked = parsed.GetValue(resolver) is { } address ? EndPointOf(address) : null;
            ExplainSettings? settings = parsed.GetValue(file) is { } path
                ? Read(path, errors)
                : new ExplainSettings
                {
                    Resolver = asked ?? (believes ? new IPEndPoint(IPAddress.Loopback, DnsPort) : null),
                    TrustsAd = believes,
                    Anchor = parsed.GetValue(anchor),
                    DialsPrivate = !parsed.GetValue(connect),
                };
            if (settings is null)
                return ExitStatus.Failed;

            DnsName name = SharedOptions.DomainOf(parsed.GetRequiredValue(domain))!;
            bool asJson = parsed.GetValue(json);
            return parsed.GetValue(protocol) == Streams
                ? RunServices(name, settings, asJson, output, errors)
                : Run(name, settings, parsed.GetValue(connect), asJson, output, errors);
        });
        return command;
    }

    /// <summary>Warnings are said too: a rule that has expired does not decide.</summary>
    private static ExplainSettings? Read(string file, TextWriter errors)
    {
        ExplainSettings? settings = ExplainSettings.Read(file, out ImmutableArray<ConfigurationProblem> problems);
        foreach (ConfigurationProblem problem in problems)
            errors.WriteLine(problem);
        return settings;
    }

    private static int Run(DnsName domain, ExplainSettings settings, bool connects, bool json, TextWriter output, TextWriter errors)
    {
        using Sources? sources = SourcesOf(settings, out string wrong);
        HopVerifier? verifier = sources is null || !connects ? null : Sources.Verifier(out wrong);
        if (sources is null || (connects && verifier is null))
        {
            errors.WriteLine("postern: " + PeerText.Escape(wrong));
            return ExitStatus.Failed;
        }

        bool works = HasDnssec(sources, errors);
        SurveyFinding finding = new Surveyor(sources.Dns, sources.Policies, sources.Policies.Takes).Run(settings.CaseOf(domain, DateTimeOffset.UtcNow));
        ImmutableArray<HopContact>? contacts = verifier is null ? null : new HopProbes(settings.Port, verifier, settings.HostName).Run(finding, errors);
        if (json)
        {
            ExplainReport.Write(domain, works, finding, contacts, output);
        }
        else
        {
            var paint = new Paint(output, Terminal.HasColour(output));
            ExplainText.Write(domain, finding, paint);
            if (contacts is { } made)
                ContactText.Write(made, paint);
        }

        bool goes = contacts is not { } shown || shown.Any(contact => contact.Refusal is null);
        return finding.Refusal is null && works && goes ? ExitStatus.Good : ExitStatus.Failed;
    }

    private static int RunServices(DnsName domain, ExplainSettings settings, bool json, TextWriter output, TextWriter errors)
    {
        using Sources? sources = SourcesOf(settings, out string wrong);
        if (sources is null)
        {
            errors.WriteLine("postern: " + PeerText.Escape(wrong));
            return ExitStatus.Failed;
        }

        bool works = HasDnssec(sources, errors);
        ServiceFinding finding = new ServiceSurveyor(sources.Dns, sources.Policies.Takes).Run(settings.ServiceCaseOf(domain, DateTimeOffset.UtcNow), TimeSpan.MaxValue)!;
        if (json)
            ServiceReport.Write(domain, works, finding, output);
        else
            ServiceText.Write(domain, finding, new Paint(output, Terminal.HasColour(output)));
        return finding.Refusal is null && works ? ExitStatus.Good : ExitStatus.Failed;
    }

    /// <summary>Null, and why.</summary>
    private static Sources? SourcesOf(ExplainSettings settings, out string wrong) => settings.TrustsAd
        ? Sources.OfThisMachine(settings.Resolver!, out wrong)
        : Sources.Validating(settings.Resolver, settings.Anchor, out wrong);

    /// <summary>Without it all that follows would be told as if nobody had DNSSEC.</summary>
    private static bool HasDnssec(Sources sources, TextWriter errors)
    {
        string? canary = sources.Dns.Canary();
        if (canary is not null)
            errors.WriteLine("postern: DNSSEC does not work here, and so there is no DANE: " + PeerText.Escape(canary));
        return canary is null;
    }

    private static IPEndPoint? EndPointOf(string text) =>
        IPEndPoint.TryParse(text, out IPEndPoint? parsed) ? new IPEndPoint(parsed.Address, parsed.Port == 0 ? DnsPort : parsed.Port) : null;
}
