using System.Collections.Immutable;
using Postern.Interop.LibUnbound;
using Postern.Policy.Dns;

namespace Postern.Resolver.Dns;

/// <summary>libunbound: validates by itself.</summary>
/// <param name="context">Asked by one thread at a time.</param>
public sealed class UnboundSource(UnboundContext context) : IDnsSource
{
    /// <summary>
    /// libunbound would try longer. Names whose servers are all down take it about that long to give up, and RFC 5321 §4.5.3.2 has
    /// the client wait five minutes for a reply.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public ImmutableArray<DnsReply> Look(ImmutableArray<DnsQuestion> questions)
    {
        var replies = new DnsReply?[questions.Length];
        var inquiries = new UnboundContext.Inquiry[questions.Length];
        for (int i = 0; i < questions.Length; i++)
        {
            int place = i;
            inquiries[i] = context.Ask(questions[i].Name.Text, (int)questions[i].Type, reply => replies[place] = Of(questions[place], reply));
        }

        _ = context.WaitForAll(Limit);
        for (int i = 0; i < questions.Length; i++)
        {
            if (replies[i] is not null)
                continue;
            context.Forget(inquiries[i]);
            replies[i] = DnsReply.Failed(questions[i], DnsState.Failed, $"no answer within {Limit.TotalSeconds} seconds");
        }

        return [.. replies.OfType<DnsReply>()];
    }

    internal const int TypeDnsKey = 48;

    public string? Canary()
    {
        UnboundReply? answer = null;
        UnboundContext.Inquiry inquiry = context.Ask(".", TypeDnsKey, reply => answer = reply);
        if (!context.WaitForAll(Limit))
            context.Forget(inquiry);
        return CanaryOf(answer);
    }

    /// <summary>As <see cref="Canary"/>.</summary>
    /// <param name="answer">To the question for the root's keys; null: none came.</param>
    internal static string? CanaryOf(UnboundReply? answer)
    {
        return answer switch
        {
            { State: ValidationState.Secure } => null,
            { State: ValidationState.Bogus } => "the root's keys are not those that are trusted: is the clock right, is somebody in between? " + answer.Reason,
            { State: ValidationState.Insecure } => "there is no trust anchor for the root, so that nothing is secure",
            _ => "the root's keys cannot be looked up: " + (answer?.Reason ?? "no answer in time"),
        };
    }

    /// <summary>What the library says, in the words of the policies.</summary>
    public static DnsReply Of(DnsQuestion question, UnboundReply reply)
    {
        switch (reply.State)
        {
            case ValidationState.Bogus:
                return DnsReply.Failed(question, DnsState.Bogus, reply.Reason);
            case ValidationState.Failed:
                return DnsReply.Failed(question, DnsState.Failed, reply.Reason);
        }

        // A name that cannot be said is the end of an alias nobody can be verified by.
        DnsName? expanded = reply.CanonicalName.Length == 0 ? question.Name : DnsName.Read(reply.CanonicalName);
        if (expanded is null)
            return DnsReply.Failed(question, DnsState.Failed, "its CNAMEs lead to what no host can be called");

        // The CNAME itself was asked for: nothing was followed.
        if (question.Type == RecordType.Cname)
            expanded = question.Name;
        bool secure = reply.State == ValidationState.Secure;
        DnsReply answer = reply.Records.IsEmpty
            ? DnsReply.Denied(question, secure, reply.HasNoName, expanded)
            : DnsReply.Found(question, secure, reply.Records, expanded);
        return answer with { TimeToLive = Math.Max(reply.TimeToLive, 0) };
    }
}
