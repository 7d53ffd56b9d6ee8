namespace Postern.Configuration.Tests;

/// <summary>Problems are logged, and a key that was pasted into the wrong place is a secret still.</summary>
public sealed class KeyInPlaceTests
{
    // Keys of nobody.
    private const string Ec = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAA";
    private const string Ed25519 = "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    [Theory]
    [InlineData(Ec)]
    [InlineData(Ed25519)]
    [InlineData("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQAA")]
    [InlineData("-----BEGIN PRIVATE KEY-----\\n" + Ec + "\\n-----END PRIVATE KEY-----")]
    public void It_is_named_and_not_repeated(string key)
    {
        string problem = Assert.Single(Problems(key));
        Assert.Equal("t.toml:3:7: error: certificate.a.key: a key or certificate stands here itself: write it into a file of its own, and the name of that file here", problem);
    }

    [Theory]
    [InlineData("/etc/ssl/private/MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg.key")]
    [InlineData("MailKey")]
    [InlineData("keys/of/the/mail/server/in/a/rather/deep/directory/key")]
    public void The_name_of_a_file_is_one(string path) => Assert.Empty(Problems(path));

    private static string[] Problems(string key) =>
        [.. ConfigurationFile.Parse("t.toml", $"""
            [certificate.a]
            chain = "/a.pem"
            key = "{key}"
            [[gate]]
            name = "g"
            protocol = "tcp"
            listen = ["127.0.0.1:4433"]
            tls = "implicit"
            certificate = ["a"]
            backend = "127.0.0.1:143"
            """).Problems.Select(problem => problem.ToString())];
}
