using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;

namespace ChatSample.Tests;

/// <summary>A window of Debian's Chromium, without a screen, with a profile of its own.</summary>
internal sealed class Browser : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ChromeDriverService _service;
    private readonly ChromeDriver _driver;
    private readonly string _profile = Directory.CreateTempSubdirectory("chat-browser-").FullName;

    private Browser(string browser, string driver)
    {
        _service = ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(driver), Path.GetFileName(driver));
        (_service.SuppressInitialDiagnosticInformation, _service.HideCommandPromptWindow) = (true, true);
        var options = new ChromeOptions { BinaryLocation = browser };

        // As root, which containers run as, Chromium has no sandbox of its own; and /dev/shm may be small.
        options.AddArguments(
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=900,700", "--user-data-dir=" + _profile);
        _driver = new ChromeDriver(_service, options, Patience);
    }

    public static async Task<Browser> OpenAsync(Uri address)
    {
        var browser = await WasiCloud.Embedding.DebianPackage.FindAsync("chromium", () => WasiCloud.Embedding.DebianPackage.FindOnPath("chromium"));
        var driver = await WasiCloud.Embedding.DebianPackage.FindAsync("chromium-driver", () => WasiCloud.Embedding.DebianPackage.FindOnPath("chromedriver"));
        var opened = new Browser(browser, driver);
        await opened._driver.Navigate().GoToUrlAsync(address);
        return opened;
    }

    /// <summary>What the page shows as messages, one a line.</summary>
    public string Messages => string.Join('\n', _driver.FindElements(By.CssSelector("#messages li")).Select(item => item.Text));

    public string State => _driver.FindElement(By.Id("state")).Text;

    public async Task JoinAsync(string room, string name)
    {
        await WaitAsync(() => _driver.FindElements(By.CssSelector("#room option")).Count > 0, "the rooms are there");
        _driver.FindElement(By.Id("room")).SendKeys(room);
        _driver.FindElement(By.Id("name")).Clear();
        _driver.FindElement(By.Id("name")).SendKeys(name);
        _driver.FindElement(By.CssSelector("#join button")).Click();
        await WaitAsync(() => State == $"in {room} as {name}", "the room was joined");
    }

    public void Say(string text)
    {
        _driver.FindElement(By.Id("text")).SendKeys(text);
        _driver.FindElement(By.CssSelector("#say button")).Click();
    }

    public Task WaitForAsync(string text) => WaitAsync(() => Messages.Contains(text, StringComparison.Ordinal), $"'{text}' is shown");

    public Task WaitForStateAsync(string state) => WaitAsync(() => State == state, $"the state is '{state}'");

    /// <summary>How many elements a selector finds.</summary>
    public int Count(string selector) => _driver.FindElements(By.CssSelector(selector)).Count;

    public void SaveScreenshot(string path) => _driver.GetScreenshot().SaveAsFile(path);

    public void Dispose()
    {
        _driver.Quit();
        _driver.Dispose();
        _service.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    // The driver has no way to be told when a page changes.
    private async Task WaitAsync(Func<bool> condition, string what)
    {
        for (var start = Environment.TickCount64; !condition(); await Task.Delay(20))
        {
            if (Environment.TickCount64 - start > Patience.TotalMilliseconds)
                throw new TimeoutException($"Waited for: {what}. State: {State}. Messages:\n{Messages}");
        }
    }
}
