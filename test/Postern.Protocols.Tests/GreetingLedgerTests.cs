using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>The two questions, for every conversion.</summary>
public sealed class GreetingLedgerTests
{
    [Theory]
    [InlineData("smtp", TlsMode.Implicit, TlsMode.Plain, GreetingAction.Relay)]
    [InlineData("smtp", TlsMode.Plain, TlsMode.Plain, GreetingAction.Relay)]
    [InlineData("smtp", TlsMode.StartTls, TlsMode.Plain, GreetingAction.Swallow)]
    [InlineData("smtp", TlsMode.StartTlsOptional, TlsMode.Plain, GreetingAction.Swallow)]
    [InlineData("imap", TlsMode.StartTls, TlsMode.Plain, GreetingAction.Swallow)]
    [InlineData("pop3", TlsMode.StartTls, TlsMode.Implicit, GreetingAction.Swallow)]
    [InlineData("imap", TlsMode.Implicit, TlsMode.StartTls, GreetingAction.Say)]
    [InlineData("imap", TlsMode.StartTls, TlsMode.StartTls, GreetingAction.Relay)]
    [InlineData("sieve", TlsMode.StartTls, TlsMode.Plain, GreetingAction.Relay)]
    [InlineData("sieve", TlsMode.Implicit, TlsMode.StartTls, GreetingAction.Relay)]
    [InlineData("nntp", TlsMode.StartTls, TlsMode.Implicit, GreetingAction.Swallow)]
    [InlineData("nntp", TlsMode.Plain, TlsMode.StartTls, GreetingAction.Say)]
    [InlineData("tcp", TlsMode.Implicit, TlsMode.Plain, GreetingAction.Relay)]
    public void What_is_done_about_greetings(string protocol, TlsMode front, TlsMode back, GreetingAction expected) =>
        Assert.Equal(expected, GreetingLedger.Decide(ProtocolList.Find(protocol)!, front, back));
}
